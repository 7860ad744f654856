import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Radio, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { useFormProblem } from "@/components/use-form-problem";
import { draftsOf, grantsOf, type GrantDraft } from "./accounts-draft";
import { GrantsEditor } from "./accounts-grants";
import styles from "./accounts.module.css";
import { staffToChooseQuery } from "./api/account-choices";
import type { FullAccount } from "./api/accounts";
import { useAskAccount } from "./api/ask-account";

interface Props {
  /** The account whose roles are to change; null: a new one. */
  account: FullAccount | null;
  onClose: () => void;
  /** The request that waits for its decision now. */
  onAsked: (request: string) => void;
}

interface Values {
  staff_id: string | undefined;
  grants: GrantDraft[];
  delivery: "show" | "email";
  reason: string;
  evidence: string;
}

const FIELDS = ["staff_id", "grants", "delivery", "reason", "evidence"] as const;

/** Asks for an account or for other roles; nothing changes before somebody else approves. */
export function RequestDrawer({ account, onClose, onAsked }: Props) {
  const { t } = useTranslation(["accounts", "common"]);
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem(form, FIELDS);
  const [centre, setCentre] = useState<string | null>(account?.centre_id ?? null);
  const asking = useAskAccount();
  const title = account === null ? t("accounts:newAccount") : t("accounts:changeRolesOf", { who: `${account.number} ${account.name}` });

  const submit = (values: Values) => {
    refused.clear();
    const staff = account?.staff_id ?? values.staff_id;
    const grants = grantsOf(values.grants);
    if (staff === undefined || grants === undefined) {
      form.setFields([{ name: "grants", errors: [t("accounts:grantsMissing")] }]);
      return;
    }
    asking.mutate(
      {
        act: account === null ? "create" : "change",
        staff_id: staff,
        grants,
        ...(account === null ? { delivery: values.delivery } : {}),
        reason: values.reason,
        evidence: values.evidence.split("\n").map((line) => line.trim()).filter((line) => line !== ""),
      },
      { onSuccess: ({ request_id }) => { onAsked(request_id); }, onError: refused.report },
    );
  };

  return (
    <Drawer
      open
      title={title}
      size={720}
      onClose={onClose}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" loading={asking.isPending} onClick={() => { form.submit(); }}>
            {t("accounts:ask")}
          </Button>
        </div>
      }
    >
      <p className={styles["muted"]}>{t("accounts:askHint")}</p>
      {refused.problem ? <ErrorNote what={t("accounts:askFailed")} error={refused.problem} /> : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          staff_id: undefined,
          grants: account === null ? [{ key: "first", role_id: undefined, centre_id: null, until: "", from: null }] : draftsOf(account, new Date()),
          delivery: "show",
          reason: "",
          evidence: "",
        }}
        onFinish={submit}
      >
        {account === null ? (
          <Form.Item
            name="staff_id"
            label={<FieldLabel help="identity.account.staff">{t("accounts:staff")}</FieldLabel>}
            rules={[{ required: true, message: t("accounts:staffMissing") }]}
            extra={refused.hint("staff_id", t("accounts:staffHint"))}
          >
            <StaffSelect
              onCentre={(next) => {
                setCentre(next);
                const grants = form.getFieldValue("grants") as GrantDraft[];
                form.setFieldValue("grants", grants.map((grant) => ({ ...grant, centre_id: grant.centre_id ?? next })));
              }}
            />
          </Form.Item>
        ) : null}
        <Form.Item
          name="grants"
          label={<FieldLabel help="identity.account.grants">{t("accounts:rolesWanted")}</FieldLabel>}
          extra={refused.hint("grants", t("accounts:rolesWantedHint"))}
        >
          <GrantsEditor centre={centre} />
        </Form.Item>
        {account === null ? (
          <Form.Item name="delivery" label={t("accounts:firstPassword")} extra={refused.hint("delivery", "")}>
            <Radio.Group options={[{ value: "show", label: t("accounts:showOnce") }, { value: "email", label: t("accounts:byEmail") }]} />
          </Form.Item>
        ) : null}
        <Form.Item
          name="reason"
          label={t("accounts:reason")}
          rules={[{ required: true, whitespace: true, message: t("accounts:reasonMissing") }]}
          extra={refused.hint("reason", t("accounts:reasonHint"))}
        >
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
        </Form.Item>
        <Form.Item name="evidence" label={t("accounts:evidence")} extra={refused.hint("evidence", t("accounts:evidenceHint"))}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} />
        </Form.Item>
      </Form>
    </Drawer>
  );
}

interface StaffProps {
  id?: string;
  value?: string;
  onChange?: (id: string) => void;
  onCentre: (centre: string) => void;
}

/** Finds a member of staff by number, name or pinyin. */
function StaffSelect({ id, value, onChange, onCentre }: StaffProps) {
  const { t } = useTranslation("accounts");
  const [words, setWords] = useState("");
  const staff = useQuery(staffToChooseQuery(useDeferredValue(words)));
  return (
    <Select<string>
      id={id}
      value={value}
      showSearch={{ filterOption: false, onSearch: setWords }}
      placeholder={t("staffSearch")}
      loading={staff.isFetching}
      notFoundContent={t(staff.error ? "staffFailed" : "staffNone")}
      options={(staff.data ?? []).map((each) => ({ value: each.id, label: `${each.number} ${each.name} · ${each.centre_name}` }))}
      onChange={(next) => {
        onChange?.(next);
        const chosen = staff.data?.find((each) => each.id === next);
        if (chosen) onCentre(chosen.centre_id);
      }}
    />
  );
}
