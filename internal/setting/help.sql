-- name: HelpOfPage :many
-- The texts of a page and its fields at the centres of a path, in both languages.
SELECT key, language, centre_id, body, version, updated_at FROM setting.help
WHERE (key = @page OR starts_with(key, @page || '.')) AND centre_id = ANY(@centres::uuid[]) AND body <> '';

-- name: HelpOfCentre :many
SELECT h.key, h.language, h.centre_id, h.body, h.version, h.updated_at, c.actor_number, c.actor_name
FROM setting.help h JOIN setting.help_change c USING (key, language, centre_id, version)
WHERE h.centre_id = @centre_id
ORDER BY h.key, h.language;

-- name: LockHelp :one
SELECT body, version, updated_at FROM setting.help
WHERE key = @key AND language = @language AND centre_id = @centre_id FOR UPDATE;

-- name: PutHelp :execrows
-- No row: somebody else wrote the same version first.
INSERT INTO setting.help (key, language, centre_id, body, version, updated_at)
VALUES (@key, @language, @centre_id, @body, @version, @now)
ON CONFLICT (key, language, centre_id) DO UPDATE SET body = excluded.body, version = excluded.version, updated_at = excluded.updated_at
WHERE setting.help.version = excluded.version - 1;

-- name: InsertHelpChange :exec
INSERT INTO setting.help_change (key, language, centre_id, version, body, reason, actor_number, actor_name, changed_at)
VALUES (@key, @language, @centre_id, @version, @body, @reason, @actor_number, @actor_name, @now);

-- name: HelpChanges :many
SELECT * FROM setting.help_change
WHERE key = @key AND language = @language AND centre_id = @centre_id AND version < @before
ORDER BY version DESC LIMIT @row_limit;

-- name: HelpChangeAt :one
SELECT * FROM setting.help_change WHERE key = @key AND language = @language AND centre_id = @centre_id AND version = @version;
