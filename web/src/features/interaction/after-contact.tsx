import { App, Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { TimeText } from "@/components/time-text";
import { useDispose, useNote, type ContactRecord } from "./api/contacts";
import { DispositionPicker } from "./disposition-picker";
import { personText, useOwnWords } from "./words";
import styles from "./interaction.module.css";

/** What the contact was about, and notes on it; whoever served it, or may, changes them. */
export function AfterContact({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  return (
    <section aria-label={t("said")}>
      <h2>{t("said")}</h2>
      <Dispositions contact={contact} />
      <Notes contact={contact} />
    </section>
  );
}

function Dispositions({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  const { message } = App.useApp();
  const own = useOwnWords();
  const said = contact.dispositions;
  const before = said.codes.map(({ code }) => code);
  const [codes, setCodes] = useState(before);
  const dispose = useDispose(contact.id);
  const known = Object.fromEntries(said.codes.map((code) => [code.code, own(code.path, code.path_en)]));
  const author = said.by ? (
    <p className={styles["muted"]}>
      {personText(said.by)} {said.at ? <TimeText value={said.at} /> : null}
    </p>
  ) : null;
  if (!contact.allowed.say) {
    return (
      <>
        <ul className={styles["codes"]}>
          {said.codes.map((code) => (
            <li key={code.id}>{own(code.path, code.path_en)}</li>
          ))}
        </ul>
        {said.codes.length === 0 ? <p className={styles["muted"]}>{t("nothingSaid")}</p> : author}
      </>
    );
  }
  const save = () => {
    dispose.mutate(
      { codes, revision: said.revision },
      {
        onSuccess: () => {
          message.success(t("saved"));
        },
      },
    );
  };
  return (
    <div className={styles["form"]}>
      <DispositionPicker value={codes} onChange={setCodes} known={known} />
      <div className={styles["line"]}>
        <Button type="primary" size="small" loading={dispose.isPending} disabled={codes.join() === before.join()} onClick={save}>
          {t("saveDispositions")}
        </Button>
        {author}
      </div>
      {dispose.error ? <ErrorNote what={t("notSaved")} error={dispose.error} /> : null}
    </div>
  );
}

const LONGEST = 4000;

function Notes({ contact }: { contact: ContactRecord }) {
  const { t } = useTranslation("interaction");
  const { message } = App.useApp();
  const mine = contact.notes.find((note) => note.mine);
  const [text, setText] = useState(mine?.text ?? "");
  const note = useNote(contact.id);
  const save = () => {
    note.mutate(
      { text, revision: mine?.revision ?? 0 },
      {
        onSuccess: () => {
          message.success(t("saved"));
        },
      },
    );
  };
  return (
    <div className={styles["form"]}>
      {contact.notes
        .filter((other) => !other.mine)
        .map((other) => (
          <blockquote key={`${other.by?.id ?? ""} ${other.at}`} className={styles["note"]}>
            <p>{other.text}</p>
            <footer className={styles["muted"]}>
              {personText(other.by)} <TimeText value={other.at} />
            </footer>
          </blockquote>
        ))}
      {contact.allowed.say ? (
        <>
          <Input.TextArea
            aria-label={t("note")}
            placeholder={t("notePlaceholder")}
            autoSize={{ minRows: 2, maxRows: 8 }}
            maxLength={LONGEST}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
            }}
          />
          <div>
            <Button size="small" loading={note.isPending} disabled={text.trim() === (mine?.text ?? "")} onClick={save}>
              {t("saveNote")}
            </Button>
          </div>
          {note.error ? <ErrorNote what={t("notSaved")} error={note.error} /> : null}
        </>
      ) : null}
    </div>
  );
}
