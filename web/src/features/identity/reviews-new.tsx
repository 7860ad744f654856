import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { CentrePicker } from "@/components/centre-picker";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { useFormProblem } from "@/components/use-form-problem";
import { useLanguage } from "@/lib/i18n/hooks";
import { endOfDay } from "./accounts-draft";
import { rolesToGiveQuery, teamsToReviewQuery } from "./api/account-choices";
import { useOpenCampaign } from "./api/reviews";
import styles from "./reviews.module.css";

interface Values {
  name: string;
  centre_id: string | null;
  team_id?: string;
  roles: string[];
  due_at: string;
}

const FIELDS = ["name", "centre_id", "team_id", "roles", "due_at"] as const;

/** Begins a review: of which centre, which roles, until when. */
export function NewCampaignDrawer({ onClose, onOpened }: { onClose: () => void; onOpened: (id: string) => void }) {
  const { t } = useTranslation(["reviews", "common"]);
  const chinese = useLanguage() === "zh-CN";
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem(form, FIELDS);
  const roles = useQuery(rolesToGiveQuery);
  const centre = Form.useWatch("centre_id", form);
  const teams = useQuery(teamsToReviewQuery(centre ?? ""));
  const opening = useOpenCampaign();
  return (
    <Drawer
      open
      title={t("reviews:new")}
      size={480}
      onClose={onClose}
      footer={
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="primary" loading={opening.isPending} onClick={() => { form.submit(); }}>
            {t("reviews:begin")}
          </Button>
        </div>
      }
    >
      <p className={styles["muted"]}>{t("reviews:newHint")}</p>
      {refused.problem ? <ErrorNote what={t("reviews:newFailed")} error={refused.problem} /> : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: "", centre_id: null, roles: [], due_at: "" }}
        onFinish={({ name, centre_id, team_id, roles: codes, due_at }) => {
          const due = endOfDay(due_at);
          if (centre_id === null || due === null) return;
          refused.clear();
          opening.mutate(
            { name, centre_id, ...(team_id ? { team_id } : {}), roles: codes, due_at: due },
            { onSuccess: ({ id }) => { onOpened(id); }, onError: refused.report },
          );
        }}
      >
        <Form.Item name="name" label={t("reviews:name")} rules={[{ required: true, whitespace: true, message: t("reviews:nameMissing") }]} extra={refused.hint("name", t("reviews:nameHint"))}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item
          name="centre_id"
          label={<FieldLabel help="identity.review.centre">{t("reviews:centre")}</FieldLabel>}
          rules={[{ required: true, message: t("reviews:centreMissing") }]}
          extra={refused.hint("centre_id", t("reviews:centreHint"))}
        >
          <CentrePicker onChange={() => { form.setFieldValue("team_id", undefined); }} />
        </Form.Item>
        <Form.Item name="team_id" label={t("reviews:team")} extra={refused.hint("team_id", t("reviews:teamHint"))}>
          <Select
            allowClear
            disabled={!centre}
            loading={teams.isFetching}
            placeholder={t("reviews:allTeams")}
            options={(teams.data ?? []).map((team) => ({ value: team.id, label: team.name }))}
          />
        </Form.Item>
        <Form.Item name="roles" label={t("reviews:roles")} extra={refused.hint("roles", t("reviews:rolesHint"))}>
          <Select
            mode="multiple"
            placeholder={t("reviews:allRoles")}
            options={(roles.data ?? []).map((role) => ({ value: role.code, label: chinese ? role.name_zh : role.name_en }))}
          />
        </Form.Item>
        <Form.Item name="due_at" label={t("reviews:dueAt")} rules={[{ required: true, message: t("reviews:dueMissing") }]} extra={refused.hint("due_at", t("reviews:dueHint"))}>
          <Input type="date" />
        </Form.Item>
      </Form>
    </Drawer>
  );
}
