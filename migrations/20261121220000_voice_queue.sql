-- Called numbers that lead to a queue, or to a flow that leads to one. Queues are named by code and flows by name: they
-- belong to others, and a number stays as it is when one of them goes.

-- +goose Up
ALTER TABLE voice.number_action
    ADD COLUMN queue text NOT NULL DEFAULT '' CONSTRAINT number_action_queue_check CHECK (length(queue) <= 64),
    ADD COLUMN flow  text NOT NULL DEFAULT '' CONSTRAINT number_action_flow_check CHECK (length(flow) <= 64),
    DROP CONSTRAINT number_action_act_check,
    -- Each act has exactly what it needs; a flow may need a queue.
    ADD CONSTRAINT number_action_act_check CHECK (CASE act
        WHEN 'prompt' THEN prompt_id IS NOT NULL AND phone_id IS NULL AND group_id IS NULL AND cause = '' AND queue = '' AND flow = ''
        WHEN 'echo'   THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NULL AND cause = '' AND queue = '' AND flow = ''
        WHEN 'phone'  THEN prompt_id IS NULL AND phone_id IS NOT NULL AND group_id IS NULL AND cause = '' AND queue = '' AND flow = ''
        WHEN 'trunk'  THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NOT NULL AND cause = '' AND queue = '' AND flow = ''
        WHEN 'reject' THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NULL AND cause <> '' AND queue = '' AND flow = ''
        WHEN 'queue'  THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NULL AND cause = '' AND queue <> '' AND flow = ''
        WHEN 'flow'   THEN prompt_id IS NULL AND phone_id IS NULL AND group_id IS NULL AND cause = '' AND flow <> ''
        ELSE false END);
