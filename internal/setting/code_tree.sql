-- name: CodeTrees :many
SELECT t.key, t.zh, t.en, t.depth FROM setting.code_tree t ORDER BY t.key;

-- name: CodeTreeOf :one
SELECT key, zh, en, depth FROM setting.code_tree WHERE key = @key;

-- name: LockCodeTree :one
-- Layers of one tree are published one after another, so that codes and parents are checked against what is there.
SELECT key, zh, en, depth FROM setting.code_tree WHERE key = @key FOR UPDATE;

-- name: InsertCodeTree :execrows
INSERT INTO setting.code_tree (key, zh, en, depth, created_at) VALUES (@key, @zh, @en, @depth, @now)
ON CONFLICT (key) DO NOTHING;

-- name: LayersInForce :many
-- What each centre of a path contributes at a moment.
SELECT DISTINCT ON (centre_id) centre_id, version, content, active_from
FROM setting.code_layer
WHERE tree = @tree AND centre_id = ANY(@centres::uuid[]) AND active_from <= @moment
ORDER BY centre_id, version DESC;

-- name: NewestLayers :many
-- What each centre contributes once everything planned has begun.
SELECT DISTINCT ON (centre_id) centre_id, version, content, active_from
FROM setting.code_layer
WHERE tree = @tree
ORDER BY centre_id, version DESC;

-- name: NewestLayer :one
SELECT * FROM setting.code_layer WHERE tree = @tree AND centre_id = @centre_id ORDER BY version DESC LIMIT 1;

-- name: LayerAt :one
SELECT * FROM setting.code_layer WHERE tree = @tree AND centre_id = @centre_id AND version = @version;

-- name: LayerVersions :many
SELECT version, active_from, reason, rolled_back, actor_number, actor_name, created_at
FROM setting.code_layer
WHERE tree = @tree AND centre_id = @centre_id AND version < @before
ORDER BY version DESC LIMIT @row_limit;

-- name: InsertLayer :exec
INSERT INTO setting.code_layer (tree, centre_id, version, content, active_from, reason, rolled_back, actor_number, actor_name, created_at)
VALUES (@tree, @centre_id, @version, @content, @active_from, @reason, @rolled_back, @actor_number, @actor_name, @now);

-- name: ClaimCodes :many
-- Takes codes for a centre for ever; gives those that belong to another.
WITH wanted AS (SELECT unnest(@codes::text[]) AS code),
     taken AS (
         INSERT INTO setting.code_owner (tree, code, centre_id) SELECT @tree, code, @centre_id FROM wanted
         ON CONFLICT (tree, code) DO NOTHING)
SELECT o.code FROM setting.code_owner o JOIN wanted USING (code) WHERE o.tree = @tree AND o.centre_id <> @centre_id;
