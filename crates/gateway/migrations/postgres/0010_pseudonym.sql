-- Reversible pseudonyms: token to sealed original, until it expires (seconds since 1970).
CREATE TABLE pseudonym (
    tenant TEXT NOT NULL,
    token TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, token)
);
CREATE INDEX pseudonym_expires_at ON pseudonym (expires_at);
