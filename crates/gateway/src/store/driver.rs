//! What both drivers do the same way, on their own types.
//!
//! sqlx's types share no trait that spells this out without a page of bounds, so it is a macro; `value` is each driver's.

/// The functions of a driver: `fetch_all`, `execute`, `write`.
macro_rules! driver {
    ($pool:ty, $arguments:ty, $row:ty) => {
        /// Reads rows.
        pub(super) async fn fetch_all(
            pool: &$pool,
            statement: &'static str,
            values: Vec<Value>,
        ) -> Result<Vec<super::Row>, StoreError> {
            let rows = sqlx::query_with(statement, bind(values)?).fetch_all(pool).await?;
            rows.iter().map(|row| decode(row).map_err(StoreError::from)).collect()
        }

        /// Writes, and says how many rows were changed.
        pub(super) async fn execute(
            pool: &$pool,
            statement: &'static str,
            values: Vec<Value>,
        ) -> Result<u64, StoreError> {
            Ok(sqlx::query_with(statement, bind(values)?).execute(pool).await?.rows_affected())
        }

        /// Writes everything in one transaction, and says how many rows the last one changed.
        pub(super) async fn write(pool: &$pool, writes: Vec<Write>) -> Result<u64, StoreError> {
            let mut transaction = pool.begin().await?;
            let mut changed = 0;
            for Write(statement, values) in writes {
                changed = sqlx::query_with(statement, bind(values)?).execute(&mut *transaction).await?.rows_affected();
            }
            transaction.commit().await?;
            Ok(changed)
        }

        fn bind(values: Vec<Value>) -> Result<$arguments, sqlx::Error> {
            use sqlx::Arguments as _;
            let mut arguments = <$arguments>::default();
            for value in values {
                match value {
                    Value::Int(int) => arguments.add(int),
                    Value::Text(text) => arguments.add(text),
                    Value::Blob(bytes) => arguments.add(bytes),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }

        fn decode(row: &$row) -> Result<super::Row, sqlx::Error> {
            let columns = row.columns().iter().enumerate();
            let columns = columns.map(|(index, column)| Ok((column.name().to_owned(), value(row, index)?)));
            Ok(super::Row { columns: columns.collect::<Result<_, sqlx::Error>>()? })
        }
    };
}
pub(super) use driver;
