-- What was used of budgets, by day or month. `counter` is whose it is (`user=usr_…,model=m`), never an address; `starts_at`
-- and `changed_at` are seconds since 1970; `told` is the highest percentage that was told.
CREATE TABLE limit_budget (
    limit_name TEXT NOT NULL,
    counter TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    used INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (limit_name, counter, starts_at)
);
CREATE INDEX limit_budget_changed_at ON limit_budget (changed_at);
