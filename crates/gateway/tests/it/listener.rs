//! A server of somebody else, on loopback: answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use http_body_util::BodyExt as _;

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) body: String,
}

type Answer = Arc<dyn Fn(&Heard) -> Response + Send + Sync>;

/// The server. It ends with the test.
pub(crate) struct Listener {
    pub(crate) base: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Listener {
    /// Starts one that answers everything like this.
    pub(crate) async fn start(answer: impl Fn(&Heard) -> Response + Send + Sync + 'static) -> Self {
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        let answer: Answer = Arc::new(answer);
        let router = Router::new().fallback(hear).with_state((heard.clone(), answer));
        tokio::spawn(async move { axum::serve(socket, router).await });
        Self { base, heard }
    }

    /// Starts one that answers with this status and nothing else.
    pub(crate) async fn saying(status: u16) -> Self {
        Self::start(move |_| Response::builder().status(status).body(Body::empty()).unwrap()).await
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// What it was asked, once that is so much.
    pub(crate) async fn wait(&self, count: usize) -> Vec<Heard> {
        for _ in 0..500 {
            if self.heard().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let heard = self.heard();
        assert_eq!(heard.len(), count, "{heard:?}");
        heard
    }
}

async fn hear(State((heard, answer)): State<(Arc<Mutex<Vec<Heard>>>, Answer)>, request: Request<Body>) -> Response {
    let path = request.uri().to_string();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let asked = Heard { path, body: String::from_utf8_lossy(&body).into_owned() };
    let response = answer(&asked);
    heard.lock().unwrap().push(asked);
    response
}
