import { Button, Drawer, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { TimeText } from "@/components/time-text";
import { duration } from "@/lib/format/duration";
import { useFindRecordings } from "./api/recordings";
import { RecordingState } from "./recording-columns";
import styles from "./find-drawer.module.css";

interface Props {
  open: boolean;
  onClose: () => void;
  onChoose: (id: string) => void;
}

/** Finds recordings by a customer's whole number, which is kept nowhere on the way. */
export function FindDrawer({ open, onClose, onChoose }: Props) {
  const { t } = useTranslation("recording");
  const find = useFindRecordings();
  const [form] = Form.useForm<{ customer: string }>();
  return (
    <Drawer
      open={open}
      title={t("find")}
      size={420}
      destroyOnHidden
      onClose={onClose}
      afterOpenChange={(opened) => {
        if (opened) form.focusField("customer");
        else find.reset();
      }}
    >
      <Form<{ customer: string }>
        form={form}
        layout="vertical"
        preserve={false}
        requiredMark={false}
        onFinish={({ customer }) => {
          find.mutate(customer.trim());
        }}
      >
        <Form.Item name="customer" label={t("customerNumber")} extra={t("findHint")} rules={[{ required: true, whitespace: true, min: 3, message: t("numberMissing") }]} validateTrigger="onSubmit">
          <Input maxLength={40} autoComplete="off" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={find.isPending}>
          {t("findNow")}
        </Button>
      </Form>
      {find.error ? <ErrorNote what={t("findFailed")} error={find.error} /> : null}
      {find.data ? (
        find.data.items.length === 0 ? (
          <EmptyState title={t("nothingFound")}>{t("nothingFoundHint")}</EmptyState>
        ) : (
          <ul className={styles["found"]} aria-label={t("foundList")}>
            {find.data.items.map((recording) => (
              <li key={recording.id}>
                <Button
                  type="text"
                  className={styles["one"]}
                  onClick={() => {
                    onChoose(recording.id);
                  }}
                >
                  <TimeText value={recording.began_at} full />
                  <span className="figures">{duration(recording.duration_ms / 1000)}</span>
                  <RecordingState recording={recording} />
                </Button>
              </li>
            ))}
          </ul>
        )
      ) : null}
    </Drawer>
  );
}
