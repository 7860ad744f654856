import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Space } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ErrorNote } from "@/components/error-note";
import { ExcelMenu } from "@/components/excel-menu";
import { useFormProblem } from "@/components/use-form-problem";
import { useCentres } from "@/lib/places/use-centres";
import { randomUUID } from "@/lib/uuid";
import { groupsKey, groupsQuery, useDeleteGroup, useSaveGroup, type GroupBody, type TrunkGroup } from "./api/trunks";
import { DeleteDialog } from "./delete-dialog";
import { FormDrawer } from "./form-drawer";
import styles from "./voice.module.css";

interface Props {
  open: boolean;
  editor: boolean;
  onClose: () => void;
}

/** The groups that trunks belong to. */
export function GroupsDrawer({ open, editor, onClose }: Props) {
  const { t } = useTranslation("voice");
  const { data, error, refetch } = useQuery({ ...groupsQuery(), enabled: open });
  const client = useQueryClient();
  const { nameOf } = useCentres();
  const [editing, setEditing] = useState<{ entry?: TrunkGroup } | null>(null);
  const [deleting, setDeleting] = useState<TrunkGroup | null>(null);
  const remove = useDeleteGroup();
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t("trunks.groups")}
      size={520}
      extra={
        <Space>
          <ExcelMenu
            exportPath="/api/trunk-groups/export"
            importPath={editor ? "/api/trunk-groups/import" : undefined}
            columnName={(key) => t(`groupColumns.${key}`, { defaultValue: key })}
            onImported={() => void client.invalidateQueries({ queryKey: groupsKey })}
          />
          {editor ? (
            <Button
              type="primary"
              onClick={() => {
                setEditing({});
              }}
            >
              {t("trunks.addGroup")}
            </Button>
          ) : null}
        </Space>
      }
    >
      {error ? <ErrorNote what={t("loadFailed")} error={error} onRetry={() => void refetch()} /> : null}
      {data?.items.length === 0 ? <p className={styles["muted"]}>{t("trunks.groupEmpty")}</p> : null}
      <ul className={styles["lines"]}>
        {data?.items.map((group) => (
          <li key={group.id} className={styles["card"]}>
            <strong>{`${group.code} · ${group.name}`}</strong>
            <span className={styles["muted"]}>{`${nameOf(group.centre_id)} · ${t("trunks.groupCount", { count: group.trunks })}`}</span>
            {group.note === "" ? null : <span>{group.note}</span>}
            {editor ? (
              <div className={styles["line"]}>
                <Button
                  size="small"
                  onClick={() => {
                    setEditing({ entry: group });
                  }}
                >
                  {t("edit")}
                </Button>
                <Button
                  size="small"
                  onClick={() => {
                    setDeleting(group);
                  }}
                >
                  {t("remove")}
                </Button>
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      <FormDrawer
        open={editing !== null}
        title={editing?.entry ? editing.entry.code : t("trunks.addGroup")}
        submit={t("save")}
        size={440}
        onClose={() => {
          setEditing(null);
        }}
      >
        {(id, onBusy) => (
          <GroupForm
            id={id}
            entry={editing?.entry}
            onBusy={onBusy}
            onSaved={() => {
              setEditing(null);
            }}
          />
        )}
      </FormDrawer>
      <DeleteDialog
        open={deleting !== null}
        title={`${t("remove")} ${deleting?.code ?? ""}`}
        consequence={t("trunks.deleteGroupHint")}
        onConfirm={() => (deleting ? remove.mutateAsync({ id: deleting.id, version: deleting.version }) : Promise.resolve())}
        onDone={() => {
          setDeleting(null);
        }}
        onClose={() => {
          setDeleting(null);
        }}
      />
    </Drawer>
  );
}

const FIELDS = ["code", "name", "centre_id", "note"] as const satisfies readonly (keyof GroupBody)[];
const EMPTY: GroupBody = { code: "", name: "", centre_id: "", note: "" };

interface FormProps {
  id: string;
  entry?: TrunkGroup;
  onBusy: (busy: boolean) => void;
  onSaved: () => void;
}

function GroupForm({ id, entry, onBusy, onSaved }: FormProps) {
  const { t } = useTranslation("voice");
  const [form] = Form.useForm<GroupBody>();
  const [idempotencyKey] = useState(randomUUID);
  const refused = useFormProblem<GroupBody>(form, FIELDS);
  const save = useSaveGroup(idempotencyKey);
  const submit = async () => {
    onBusy(true);
    refused.clear();
    try {
      await save.mutateAsync({ body: { ...EMPTY, ...form.getFieldsValue() }, on: entry });
      onSaved();
    } catch (error) {
      refused.report(error);
    } finally {
      onBusy(false);
    }
  };
  const initial = entry ? { code: entry.code, name: entry.name, centre_id: entry.centre_id, note: entry.note } : EMPTY;
  return (
    <Form<GroupBody> id={id} form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={() => void submit()}>
      {refused.problem ? (
        <div className={styles["above"]}>
          <ErrorNote what={t("saveFailed")} error={refused.problem} />
        </div>
      ) : null}
      <Form.Item name="code" label={t("trunks.groupCode")} extra={refused.hint("code", t("trunks.groupCodeHint"))} rules={[{ required: true, whitespace: true, message: t("trunks.codeMissing") }]} validateTrigger="onSubmit">
        <Input data-first autoComplete="off" maxLength={64} />
      </Form.Item>
      <Form.Item name="name" label={t("name")} extra={refused.hint("name", "")} rules={[{ required: true, whitespace: true, message: t("nameMissing") }]} validateTrigger="onSubmit">
        <Input autoComplete="off" maxLength={100} />
      </Form.Item>
      <Form.Item name="centre_id" label={t("centre")} extra={refused.hint("centre_id", "")} rules={[{ required: true, message: t("centreMissing") }]} validateTrigger="onSubmit">
        <CentrePicker />
      </Form.Item>
      <Form.Item name="note" label={t("note")} extra={refused.hint("note", "")}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
      </Form.Item>
    </Form>
  );
}
