//! Rules for the packet filter, by real packets between network namespaces.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const GATEWAY: &str = env!("CARGO_BIN_EXE_portcullis");
/// What curl says when it was answered, when the port is closed, and when nobody says anything.
const ANSWERED: i32 = 0;
const CLOSED: i32 = 7;
const SILENCE: i32 = 28;

/// Two namespaces with a cable between them: the gateway's, and one with several clients.
struct Net {
    gateway: String,
    clients: String,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

/// Whether this machine can lend network namespaces. Where everything is required, it has to.
fn can_run() -> bool {
    let works = |program: &str, argument: &str| Command::new(program).arg(argument).output().is_ok();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let missing = match (is_root, works("ip", "-V"), works("nft", "--version"), works("curl", "--version")) {
        (true, true, true, true) => return true,
        (false, ..) => "root",
        (_, false, ..) => "iproute2",
        (_, _, false, _) => "nftables",
        (.., false) => "curl",
    };
    assert!(
        std::env::var_os("PORTCULLIS_TEST_REQUIRE_ALL").is_none(),
        "the packet filter is not tested: {missing} is missing"
    );
    eprintln!("SKIPPED: packets are not tested, since {missing} is missing");
    false
}

fn run(program: &str, arguments: &str) -> Output {
    Command::new(program).args(arguments.split(' ')).output().unwrap()
}

fn done(program: &str, arguments: &str) -> String {
    let output = run(program, arguments);
    assert!(output.status.success(), "{program} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Net {
    fn new(name: &str) -> Self {
        let id = format!("{name}{}", std::process::id());
        let (gateway, clients) = (format!("pcg-{id}"), format!("pcc-{id}"));
        for space in [&gateway, &clients] {
            done("ip", &format!("netns add {space}"));
            done("ip", &format!("-n {space} link set lo up"));
        }
        let net = Self { gateway, clients, folder: tempfile::tempdir().unwrap(), server: None };
        let (gateway, clients) = (&net.gateway, &net.clients);
        done("ip", &format!("link add a{id} netns {gateway} type veth peer name b{id} netns {clients}"));
        done("ip", &format!("-n {gateway} addr add 10.99.0.1/24 dev a{id}"));
        done("ip", &format!("-n {gateway} addr add fd99::1/48 dev a{id} nodad"));
        done("ip", &format!("-n {gateway} link set a{id} up"));
        for last in 2..=4 {
            done("ip", &format!("-n {clients} addr add 10.99.0.{last}/24 dev b{id}"));
            done("ip", &format!("-n {clients} addr add fd99:0:0:{last}::2/48 dev b{id} nodad"));
        }
        done("ip", &format!("-n {clients} link set b{id} up"));
        net
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration with these lines of `[firewall]`.
    fn configure(&self, firewall: &str) {
        let text = format!(
            "[server]\nlisten = '[::]:8080'\ndanger_plaintext = true\nheader_timeout_s = 120\n[firewall]\n{firewall}\n"
        );
        std::fs::write(self.path("portcullis.toml"), text).unwrap();
    }

    /// Runs the gateway's command on its machine.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.gateway, GATEWAY]).args(arguments.split(' '));
        command.env("PORTCULLIS_CONFIG", self.path("portcullis.toml")).env("PORTCULLIS_DATA", self.path("data"));
        command
    }

    fn gateway(&self, arguments: &str, key: &str) -> String {
        let output = self.command(arguments).env("PORTCULLIS_KEY", key).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{arguments}: {said}");
        said
    }

    /// Starts the gateway; gives a key of its operator.
    fn serve(&mut self) -> String {
        self.gateway("init", "");
        let key = self.gateway("key create --name operator --scopes admin --quiet", "").trim().to_owned();
        let before = self.command("ready").output().unwrap();
        assert!(!before.status.success(), "nobody is ready before it runs");
        let log = std::fs::File::create(self.path("log")).unwrap();
        let mut server = self.command("serve").stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.server = Some(server);
        assert!(line.starts_with("listening"), "{}", std::fs::read_to_string(self.path("log")).unwrap());
        self.gateway("ready", "");
        key
    }

    /// What curl says when a client comes from this address.
    fn comes(&self, from: &str, port: u16) -> i32 {
        let to = if from.contains(':') { "[fd99::1]" } else { "10.99.0.1" };
        let curl = format!("curl -s -o /dev/null -m 2 --interface {from} http://{to}:{port}/v1/models");
        run("ip", &format!("netns exec {} {curl}", self.clients)).status.code().unwrap()
    }

    fn nft(&self, arguments: &str) -> String {
        done("ip", &format!("netns exec {} nft {arguments}", self.gateway))
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        for space in [&self.gateway, &self.clients] {
            run("ip", &format!("netns delete {space}"));
        }
    }
}

/// A connection of 10.99.0.2 that is open, and says something later.
fn open(net: &Net) -> (Child, BufReader<std::process::ChildStdout>) {
    let script = "exec 3<>/dev/tcp/10.99.0.1/8080; echo open; read -r _; \
                  printf 'GET /v1/models HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n' >&3; timeout 5 cat <&3";
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &net.clients, "bash", "-c", script]);
    let mut client = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(client.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "open\n");
    (client, out)
}

#[test]
fn packets_of_who_is_blocked_or_banned_are_dropped_and_nobody_else_is_locked_out() {
    if !can_run() {
        return;
    }
    let mut net = Net::new("a");
    net.configure("");
    let key = net.serve();
    net.nft("add table inet other");
    net.gateway("firewall apply", &key);
    for from in ["10.99.0.2", "10.99.0.3", "10.99.0.4", "fd99:0:0:2::2", "fd99:0:0:3::2"] {
        assert_eq!(net.comes(from, 8080), ANSWERED, "{from}: nobody is kept out yet");
    }
    let (mut client, mut out) = open(&net);
    net.configure("block = ['10.99.0.0/24']\nallow = ['10.99.0.3', '10.99.0.4']");
    net.gateway("ban add fd99:0:0:2::2", &key);
    net.gateway("ban add 10.99.0.4", &key);
    let said = net.gateway("firewall apply", &key);
    assert!(said.contains("ports 8080; 2 allowed, 1 blocked, 2 banned"), "{said}");
    for (from, expected) in
        [("10.99.0.2", SILENCE), ("10.99.0.3", ANSWERED), ("fd99:0:0:2::2", SILENCE), ("fd99:0:0:3::2", ANSWERED)]
    {
        assert_eq!(net.comes(from, 8080), expected, "{from}");
    }
    assert_ne!(net.comes("10.99.0.4", 8080), SILENCE, "who is allowed passes the filter: the gateway itself says no");
    assert_eq!(net.comes("10.99.0.2", 2222), CLOSED, "another port answers that it is closed: no packet was dropped");
    // A connection that was there stays.
    client.stdin.take().unwrap().write_all(b"\n").unwrap();
    let mut answer = String::new();
    out.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    client.wait().unwrap();
    // And so does loopback, though it is not in `allow`.
    let local = run("ip", &format!("netns exec {} curl -s -o /dev/null -m 2 http://127.0.0.1:8080/", net.gateway));
    assert!(local.status.success());
    let table = net.nft("list table inet portcullis");
    assert!(table.contains("fd99:0:0:2::/64 timeout "), "{table}");
    assert!(net.nft("list tables").contains("table inet other"), "other tables are left alone");
    // Who is let in again is, at the next load.
    net.gateway("ban remove fd99:0:0:2::2", &key);
    net.gateway("firewall apply", &key);
    assert_eq!(net.comes("fd99:0:0:2::2", 8080), ANSWERED);
}

/// The entries about rules that were loaded.
fn recorded(net: &Net) -> Vec<serde_json::Value> {
    let listed = net.gateway("audit list --kind firewall.applied --json", "");
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn who_loads_rules_is_recorded_before_and_bans_that_come_and_go_are_not_once_more() {
    if !can_run() {
        return;
    }
    let mut net = Net::new("c");
    net.configure("block = ['203.0.113.0/24']");
    let key = net.serve();
    net.gateway("firewall apply --dry-run", &key);
    assert_eq!(recorded(&net).len(), 0, "nothing was loaded");
    net.gateway("ban add 10.99.0.4", &key);
    net.gateway("firewall apply", &key);
    net.gateway("ban add 10.99.0.3", &key);
    // What the timer has, which only looks: it keeps the bans fresh.
    let looks = net.gateway("key create --name timer --scopes ban.read --quiet", "").trim().to_owned();
    net.gateway("firewall apply", &looks);
    let entries = recorded(&net);
    let rules = &entries[0]["detail"];
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(
        (&rules["blocked"], &rules["banned"], &rules["ports"]),
        (&1.into(), &1.into(), &[8080].as_slice().into())
    );
    assert!(entries[0]["actor"].as_str().unwrap().starts_with("key_"), "{entries:?}");
    net.configure("block = ['203.0.113.0/24', '198.51.100.0/24']");
    let output = net.command("firewall apply").env("PORTCULLIS_KEY", &looks).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("firewall.write"), "{said}");
    assert!(!net.nft("list table inet portcullis").contains("198.51.100.0/24"), "what is not recorded is not loaded");
    net.gateway("firewall apply", &key);
    assert!(net.nft("list table inet portcullis").contains("198.51.100.0/24"));
    // Whatever stands in its place is replaced, and that is recorded.
    net.nft("delete table inet portcullis");
    net.gateway("firewall apply", &key);
    assert_eq!(recorded(&net).len(), 3);
}

#[test]
fn a_dry_run_and_rules_that_nft_refuses_change_nothing() {
    if !can_run() {
        return;
    }
    let net = Net::new("b");
    net.configure("block = ['0.0.0.0/0', '::/0', '10.0.0.0/8']\nallow = ['192.0.2.0/24', '2001:db8::/32']");
    for arguments in ["verify", "apply --dry-run", "render"] {
        net.gateway(&format!("firewall --no-bans {arguments}"), "");
        assert_eq!(net.nft("list tables"), "", "{arguments}");
    }
    let json: serde_json::Value = serde_json::from_str(&net.gateway("firewall --no-bans --json apply", "")).unwrap();
    assert_eq!((&json["outcome"], &json["blocked"]), (&"loaded".into(), &3.into()));
    let file = net.path("rules.nft");
    net.gateway(&format!("firewall --no-bans render --out {}", file.display()), "");
    net.nft(&format!("--check --file {}", file.display()));
    assert_eq!(std::fs::read_to_string(file).unwrap(), json["rules"].as_str().unwrap());
    // Without the gateway there are no bans to be had, and a filter without them is not loaded in silence.
    let output = net.command("firewall apply").env("PORTCULLIS_KEY", "pc-x").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("--no-bans"), "{said}");
    net.configure("block = ['0.0.0.0/0']");
    let output = net.command("firewall --no-bans render").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("firewall.block: would keep out everybody"), "{said}");
}
