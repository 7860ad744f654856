import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { ErrorNote } from "@/components/error-note";
import { SidePane } from "@/components/side-pane";
import { TimeText } from "@/components/time-text";
import { useCentres } from "@/lib/places/use-centres";
import { duration } from "@/lib/format/duration";
import { useSession } from "@/lib/session/use-session";
import { fetchSound, promptsKey, useDeletePrompt, type Prompt } from "./api/prompts";
import { DeleteDialog } from "./delete-dialog";
import styles from "./voice.module.css";

/** The length of a sound as on a clock. */
export function length(ms: number): string {
  return duration(Math.max(1, ms / 1000));
}

/** Plays a prompt; its sound is fetched when the pane opens and forgotten when it closes. */
function Player({ prompt }: { prompt: Prompt }) {
  const { t } = useTranslation("voice");
  const { data: address, error, refetch } = useQuery({
    queryKey: [...promptsKey, "sound", prompt.id, prompt.sha256],
    queryFn: ({ signal }) => fetchSound(prompt.id, signal),
    gcTime: 0,
    staleTime: Infinity,
  });
  useEffect(
    () => () => {
      if (address !== undefined) URL.revokeObjectURL(address);
    },
    [address],
  );
  if (error) return <ErrorNote what={t("prompts.listenFailed")} error={error} onRetry={() => void refetch()} />;
  if (address === undefined) return <Skeleton.Button active block />;
  return <audio className={styles["audio"]} controls src={address} aria-label={`${t("prompts.listen")} ${prompt.name}`} />;
}

interface Props {
  prompt: Prompt;
  onClose: () => void;
  onReplace: (prompt: Prompt) => void;
}

/** One prompt, to be heard. */
export function PromptPane({ prompt, onClose, onReplace }: Props) {
  const { t } = useTranslation("voice");
  const { can } = useSession();
  const { nameOf } = useCentres();
  const remove = useDeletePrompt();
  const [deleting, setDeleting] = useState(false);
  return (
    <SidePane
      title={prompt.name}
      label={t("details")}
      onClose={onClose}
      actions={
        can("voice.number.edit") ? (
          <>
            <Button
              size="small"
              onClick={() => {
                setDeleting(true);
              }}
            >
              {t("remove")}
            </Button>
            <Button
              size="small"
              type="primary"
              onClick={() => {
                onReplace(prompt);
              }}
            >
              {t("prompts.replace")}
            </Button>
          </>
        ) : null
      }
    >
      <Player prompt={prompt} />
      <DetailsList
        items={[
          { name: t("prompts.length"), value: length(prompt.duration_ms) },
          { name: t("prompts.format"), value: t("prompts.formatText", { khz: prompt.sample_rate / 1000, channels: t(prompt.channels === 1 ? "prompts.mono" : "prompts.stereo") }) },
          { name: t("prompts.size"), value: `${Math.ceil(prompt.bytes / 1024).toLocaleString()} KB` },
          { name: t("centre"), value: nameOf(prompt.centre_id) },
          { name: t("note"), value: prompt.note },
          { name: t("updated"), value: <><TimeText value={prompt.updated_at} full /> {prompt.updated_by}</> },
        ]}
      />
      <DeleteDialog
        open={deleting}
        title={t("prompts.deleteTitle", { name: prompt.name })}
        consequence={t("prompts.deleteHint")}
        onConfirm={() => remove.mutateAsync({ id: prompt.id, version: prompt.version })}
        onDone={onClose}
        onClose={() => {
          setDeleting(false);
        }}
      />
    </SidePane>
  );
}
