-- +goose Up
-- Which versions of the master key this database's sealed values belong to, so that a process with
-- another key is refused at its start instead of failing at every value.
CREATE SCHEMA secret;

CREATE TABLE secret.known_key (
    version     bigint NOT NULL,
    fingerprint text NOT NULL, -- of the key, not the key: see secret.Ring.Fingerprint
    first_seen  timestamptz NOT NULL,
    CONSTRAINT known_key_pk PRIMARY KEY (version),
    CONSTRAINT known_key_fingerprint_not_empty CHECK (fingerprint <> '')
);
