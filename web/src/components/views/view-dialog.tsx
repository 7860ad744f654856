import { Form, Input, Modal, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { useFormProblem } from "@/components/use-form-problem";
import { useSession } from "@/lib/session/use-session";
import { useViewChanges, type SavedView, type Sharing } from "./api";

interface Values {
  name: string;
  shared: Sharing;
}

interface Props {
  page: string;
  /** The view to change; null makes one. */
  view: SavedView | null;
  /** The filters as they are now: what is saved. */
  value: object;
  onClose: () => void;
}

const LONGEST = 60;

/** Gives the filters a name and says who sees them. */
export function ViewDialog({ page, view, value, onClose }: Props) {
  const { t } = useTranslation(["parts", "common"]);
  const { can } = useSession();
  const [form] = Form.useForm<Values>();
  const refused = useFormProblem<Values>(form, ["name", "shared"]);
  const { create, update } = useViewChanges(page);
  const mayShare = can("identity.saved_view.share");

  const submit = async (values: Values) => {
    refused.clear();
    const body = { ...values, value };
    try {
      if (view) await update.mutateAsync({ view, body });
      else await create.mutateAsync(body);
      onClose();
    } catch (error) {
      refused.report(error);
    }
  };
  const title = view ? t("parts:views.edit", { name: view.name }) : t("parts:views.save");
  return (
    <Modal
      open
      width={440}
      title={title}
      okText={t("parts:views.ok")}
      cancelText={t("common:cancel")}
      okButtonProps={{ loading: create.isPending || update.isPending }}
      onOk={() => {
        form.submit();
      }}
      onCancel={onClose}
      afterOpenChange={(open) => {
        if (open) form.focusField("name");
      }}
    >
      {refused.problem ? <ErrorNote what={t("parts:views.failed")} error={refused.problem} /> : null}
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: view?.name ?? "", shared: view?.shared ?? "private" }}
        onFinish={(values) => void submit(values)}
      >
        <Form.Item
          name="name"
          label={t("parts:views.name")}
          extra={refused.hint("name", "")}
          rules={[{ required: true, whitespace: true, message: t("parts:views.nameMissing") }]}
          validateTrigger="onSubmit"
        >
          <Input maxLength={LONGEST} autoComplete="off" />
        </Form.Item>
        <Form.Item name="shared" label={t("parts:views.who")} extra={refused.hint("shared", mayShare ? "" : t("parts:views.mayNotShare"))}>
          <Radio.Group
            options={(["private", "team", "centre"] as const).map((option) => ({
              value: option,
              label: t(`parts:views.sharing.${option}`),
              disabled: option !== "private" && !mayShare,
            }))}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
