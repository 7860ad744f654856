import { Button, Modal } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/empty-state";
import { ErrorNote } from "@/components/error-note";
import { Kbd } from "@/components/kbd";
import { StatusWord } from "@/components/status-word";
import { asApiError } from "@/lib/api/error";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { phonesQuery, useCommand, type DeskPhone } from "./api/agent";
import { unlockSound } from "./ring";
import styles from "./desk.module.css";

const LAST = "yingda.desk.phone";

/** The phone to begin with: the one of last time, one's own, or the first that is there. */
function preferred(phones: readonly DeskPhone[]): DeskPhone | undefined {
  const last = window.localStorage.getItem(LAST);
  return phones.find(({ number, registered }) => number === last && registered) ?? phones.find(({ mine, registered }) => mine && registered) ?? phones.find(({ registered }) => registered) ?? phones[0];
}

/** Sits down at a phone and begins to work. */
export function SignInPanel() {
  const { t } = useTranslation(["desk", "common"]);
  const phones = useQuery(phonesQuery());
  const command = useCommand();
  const [chosen, setChosen] = useState<string | null>(null);
  const [elsewhere, setElsewhere] = useState(false);
  const number = chosen ?? preferred(phones.data ?? [])?.number;

  const signIn = (takeOver: boolean) => {
    if (number === undefined || command.isPending) return;
    unlockSound();
    window.localStorage.setItem(LAST, number);
    command.mutate(
      { act: "sign-in", phone: number, takeOver },
      {
        onError: (error) => {
          if (asApiError(error).code === "routing.signed_in_elsewhere") setElsewhere(true);
        },
      },
    );
  };
  useShortcut({ id: "desk.sign-in", keys: "F2", label: t("act.signIn"), group: "page", enabled: !elsewhere, run: () => { signIn(false); } });

  const problem = command.error !== null && asApiError(command.error).code !== "routing.signed_in_elsewhere" ? command.error : null;
  return (
    <section className={styles["signIn"]} aria-label={t("signIn.title")}>
      <h2>{t("signIn.title")}</h2>
      <p>{t("signIn.note")}</p>
      {phones.isError ? <ErrorNote what={t("signIn.phonesFailed")} error={phones.error} onRetry={() => void phones.refetch()} /> : null}
      {phones.data?.length === 0 ? <EmptyState title={t("signIn.noPhones")}>{t("signIn.noPhonesNote")}</EmptyState> : null}
      <div role="radiogroup" aria-label={t("signIn.phones")} className={styles["phones"]}>
        {(phones.data ?? []).map((phone) => (
          <PhoneChoice key={phone.number} phone={phone} checked={phone.number === number} onChoose={() => { setChosen(phone.number); }} />
        ))}
      </div>
      {problem === null ? null : <ErrorNote what={t("signIn.failed")} error={problem} />}
      <div className={styles["signInFoot"]}>
        <Button type="primary" size="large" loading={command.isPending} disabled={number === undefined} onClick={() => { signIn(false); }}>
          {t("act.signIn")} <Kbd keys="F2" />
        </Button>
      </div>
      <Modal
        open={elsewhere}
        title={t("elsewhere.question")}
        okText={t("elsewhere.take")}
        cancelText={t("common:cancel")}
        confirmLoading={command.isPending}
        onOk={() => {
          setElsewhere(false);
          signIn(true);
        }}
        onCancel={() => { setElsewhere(false); }}
      >
        <p>{t("elsewhere.consequence")}</p>
      </Modal>
    </section>
  );
}

function PhoneChoice({ phone, checked, onChoose }: { phone: DeskPhone; checked: boolean; onChoose: () => void }) {
  const { t } = useTranslation(["desk", "common"]);
  return (
    <label className={styles["phone"]} data-checked={checked || undefined}>
      <input type="radio" name="desk-phone" value={phone.number} checked={checked} onChange={onChoose} />
      <strong className="figures">{phone.number}</strong>
      <span className={styles["phoneName"]}>{phone.name}</span>
      {phone.mine ? <span className={styles["mine"]}>{t("signIn.mine")}</span> : null}
      <StatusWord tone={phone.registered ? "ok" : "warning"}>{phone.registered ? t("signIn.registered") : t("signIn.notRegistered")}</StatusWord>
    </label>
  );
}

/** This person works in another place: nothing of it is shown here until it is taken over. */
export function ElsewherePanel({ phone, since }: { phone: string; since: string }) {
  const { t } = useTranslation(["desk", "common"]);
  const command = useCommand();
  const [asked, setAsked] = useState(false);
  const ask = () => { setAsked(true); };
  useShortcut({ id: "desk.take-over", keys: "F2", label: t("elsewhere.take"), group: "page", enabled: !asked, run: ask });
  return (
    <section className={styles["signIn"]} aria-label={t("elsewhere.title")}>
      <h2>{t("elsewhere.title")}</h2>
      <p>{t("elsewhere.note", { phone, since })}</p>
      {command.error === null ? null : <ErrorNote what={t("signIn.failed")} error={command.error} />}
      <div className={styles["signInFoot"]}>
        <Button type="primary" size="large" loading={command.isPending} onClick={ask}>
          {t("elsewhere.take")} <Kbd keys="F2" />
        </Button>
      </div>
      <Modal
        open={asked}
        title={t("elsewhere.question")}
        okText={t("elsewhere.take")}
        cancelText={t("common:cancel")}
        onOk={() => {
          setAsked(false);
          unlockSound();
          command.mutate({ act: "sign-in", phone, takeOver: true });
        }}
        onCancel={() => { setAsked(false); }}
      >
        <p>{t("elsewhere.consequence")}</p>
      </Modal>
    </section>
  );
}
