import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Skeleton, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { ReasonDialog } from "@/components/reason-dialog";
import { SidePane } from "@/components/side-pane";
import { asApiError } from "@/lib/api/error";
import { errorText } from "@/lib/i18n/error-text";
import { useLanguage } from "@/lib/i18n/hooks";
import { useSession } from "@/lib/session/use-session";
import { useShortcut } from "@/lib/shortcuts/use-shortcut";
import { AcknowledgementList } from "./acknowledgement-list";
import { confirmReview, descriptionsQuery, dropDraft, issueDraft, postsKey, type Description, type Post } from "./api/posts";
import { DescriptionDrawer } from "./description-drawer";
import { DescriptionView } from "./description-view";
import styles from "./people.module.css";
import { PostDrawer } from "./post-drawer";
import { Progress } from "./use-post-columns";

interface Props {
  id: string;
  /** The row of the list, when it is loaded. */
  post: Post | undefined;
  onClose: () => void;
}

/** One post: what is issued and what must happen next first, then the text, then who has not acknowledged it. */
export function PostPane({ id, post, onClose }: Props) {
  const { t } = useTranslation("staff");
  const language = useLanguage();
  const { data, error, refetch } = useQuery(descriptionsQuery(id));
  const name = data ? (language === "en" ? data.post.name_en : data.post.name_zh) : t("posts.details");
  return (
    <SidePane title={name} label={t("posts.details")} onClose={onClose}>
      {data ? (
        <Body key={id} id={id} post={post} editions={data.items} />
      ) : error ? (
        <ErrorNote what={t("posts.loadFailed")} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 10, width: "100%" }} />
      )}
    </SidePane>
  );
}

type Asking = "write" | "issue" | "drop" | "edit" | null;

function Body({ id, post, editions }: { id: string; post: Post | undefined; editions: readonly Description[] }) {
  const { t } = useTranslation("staff");
  const { can, national, person } = useSession();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [asking, setAsking] = useState<Asking>(null);
  const [reading, setReading] = useState<number | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: postsKey });
  const draft = editions.find(({ state }) => state === "draft");
  const issued = editions.find(({ state }) => state === "issued");
  const shown = editions.find(({ edition }) => edition === reading) ?? issued ?? draft;
  const writable = can("organization.post.edit") && national && post?.state !== "closed";
  const issuable = can("organization.post.issue") && national;
  const ownWork = draft?.authors.includes(person.number) ?? false;
  const close = () => {
    setAsking(null);
  };
  const ask = (what: Asking) => () => {
    setAsking(what);
  };
  useShortcut({ id: "posts.write", keys: "e", label: t("posts.write"), group: "page", enabled: writable, run: ask("write") });

  const review = async () => {
    try {
      await confirmReview(id, issued?.version ?? 0);
      void message.success(t("posts.reviewed"));
    } catch (error) {
      const problem = asApiError(error);
      void message.error(errorText(problem.code, problem.detail));
    }
    await refresh();
  };

  return (
    <>
      <section className={styles["lead"]}>
        {issued ? (
          <>
            <p>{t("posts.issuedBy", { edition: issued.edition, by: issued.approved_by, day: issued.review_by })}</p>
            {post ? <Progress done={post.acknowledged} of={post.holders} /> : null}
            {post?.due ? <p>{t("posts.dueNow")}</p> : null}
          </>
        ) : (
          <p>{t("posts.nothingIssued")}</p>
        )}
        {draft ? <p>{t("posts.draftBy", { edition: draft.edition, by: draft.authors.join(t("listSeparator")) })}</p> : null}
        {draft && issuable && ownWork ? <p>{t("posts.ownWork")}</p> : null}
        <div className={styles["acts"]}>
          {writable ? (
            <Tooltip title={t("posts.writeKey")}>
              <Button size="small" onClick={ask("write")}>
                {t(draft ? "posts.write" : "posts.begin")}
              </Button>
            </Tooltip>
          ) : null}
          {draft && issuable ? (
            <Button size="small" type="primary" disabled={ownWork} onClick={ask("issue")}>
              {t("posts.issue")}
            </Button>
          ) : null}
          {draft && writable ? (
            <Button size="small" danger onClick={ask("drop")}>
              {t("posts.drop")}
            </Button>
          ) : null}
          {issued && issuable && post?.due ? (
            <Button size="small" onClick={() => void review()}>
              {t("posts.confirm")}
            </Button>
          ) : null}
          {post && writable ? (
            <Button size="small" onClick={ask("edit")}>
              {t("edit")}
            </Button>
          ) : null}
        </div>
      </section>
      {editions.length > 1 ? (
        <div className={styles["acts"]} role="group" aria-label={t("posts.editions")}>
          {editions.map(({ edition, state }) => (
            <Button
              key={edition}
              size="small"
              type={shown?.edition === edition ? "primary" : "default"}
              ghost={shown?.edition === edition}
              aria-pressed={shown?.edition === edition}
              onClick={() => {
                setReading(edition);
              }}
            >
              {t("posts.editionState", { edition, state: t(`posts.states.${state}`) })}
            </Button>
          ))}
        </div>
      ) : null}
      {shown ? <DescriptionView description={shown} /> : null}
      {issued && can("organization.staff.read") ? <AcknowledgementList post={id} /> : null}
      <DescriptionDrawer open={asking === "write"} post={id} base={draft ?? issued} onClose={close} onSaved={() => void refresh()} />
      <PostDrawer open={asking === "edit"} post={post ?? null} onClose={close} onSaved={() => void refresh()} />
      <ReasonDialog
        open={asking === "issue"}
        title={t("posts.issueTitle", { edition: draft?.edition ?? 0 })}
        consequence={t("posts.issueConsequence", { count: post?.holders ?? 0 })}
        confirmLabel={t("posts.issue")}
        reasonRequired={false}
        onConfirm={async (comment) => {
          await issueDraft(id, draft?.version ?? 0, comment);
          await refresh();
        }}
        onClose={close}
      />
      <ReasonDialog
        open={asking === "drop"}
        title={t("posts.dropTitle", { edition: draft?.edition ?? 0 })}
        consequence={t("posts.dropConsequence")}
        confirmLabel={t("posts.drop")}
        danger
        reasonRequired={false}
        onConfirm={async () => {
          await dropDraft(id, draft?.version ?? 0);
          await refresh();
        }}
        onClose={close}
      />
    </>
  );
}
