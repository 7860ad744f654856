import { CaretRightOutlined, DownloadOutlined, PauseOutlined } from "@ant-design/icons";
import { Button, Select, Tooltip } from "antd";
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { FieldLabel } from "@/components/field-label";
import { duration } from "@/lib/format/duration";
import { audioAddress, PURPOSES, type Purpose, type RecordingDetail } from "./api/recordings";
import styles from "./recording.module.css";
import { usePlayer } from "./use-player";
import { HEIGHT, placeAt, placeByKey, wavePath, WIDTH } from "./waveform";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2] as const;

/** Hears one recording: both channels drawn one above the other, any place by pointer or keys, at any speed. */
export function RecordingPlayer({ recording }: { recording: RecordingDetail }) {
  const { t } = useTranslation("recording");
  const length = recording.duration_ms / 1000;
  const player = usePlayer(recording.id, length);
  const [purpose, setPurpose] = useState<Purpose | null>(null);
  const [asked, setAsked] = useState(false);
  const chooser = useRef<HTMLDivElement>(null);

  const toggle = () => {
    if (player.playing) {
      player.pause();
    } else if (purpose === null) {
      setAsked(true);
      chooser.current?.querySelector("input")?.focus();
    } else {
      player.play(purpose);
    }
  };
  return (
    <section className={styles["player"]} aria-label={t("player")}>
      <div className={styles["purpose"]} ref={chooser}>
        <FieldLabel help="recording.purpose">{t("purpose")}</FieldLabel>
        <Select<Purpose>
          size="small"
          className={styles["chooser"]}
          aria-label={t("purpose")}
          placeholder={t("purposePick")}
          status={asked && purpose === null ? "warning" : ""}
          value={purpose}
          options={PURPOSES.map((value) => ({ value, label: t(`purposes.${value}`) }))}
          onChange={setPurpose}
        />
        {recording.allowed.download ? (
          <Tooltip title={purpose === null ? t("purposeFirst") : t("downloadNote")}>
            <Button
              size="small"
              icon={<DownloadOutlined aria-hidden />}
              disabled={purpose === null}
              href={purpose === null ? undefined : audioAddress(recording.id, purpose, true)}
            >
              {t("download")}
            </Button>
          </Tooltip>
        ) : null}
      </div>
      {asked && purpose === null ? (
        <p role="status" className={styles["muted"]}>
          {t("purposeFirst")}
        </p>
      ) : null}
      <Wave recording={recording} now={player.now} length={length} onSeek={player.seek} onToggle={toggle} />
      <div className={styles["controls"]}>
        <Button
          type="primary"
          size="small"
          loading={player.waiting}
          icon={player.playing ? <PauseOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />}
          onClick={toggle}
        >
          {player.playing ? t("pause") : t("play")}
        </Button>
        <span className="figures" data-testid="place">
          {duration(Math.floor(player.now))} / {duration(length)}
        </span>
        <Select<number>
          size="small"
          className={styles["speed"]}
          aria-label={t("speed")}
          value={player.speed}
          options={SPEEDS.map((value) => ({ value, label: t("times", { value }) }))}
          onChange={player.setSpeed}
        />
        <span className={styles["keys"]}>{t("keys")}</span>
      </div>
      {player.problem ? (
        <ErrorNote what={t("playFailed")} error={player.problem} onRetry={purpose === null ? undefined : () => { player.play(purpose); }} />
      ) : null}
    </section>
  );
}

interface WaveProps {
  recording: RecordingDetail;
  now: number;
  length: number;
  onSeek: (place: number) => void;
  onToggle: () => void;
}

function Wave({ recording, now, length, onSeek, onToggle }: WaveProps) {
  const { t } = useTranslation("recording");
  const at = length > 0 ? (now / length) * WIDTH : 0;
  const seekTo = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(placeAt(event.clientX, box.left, box.width, length));
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const place = placeByKey(event.key, now, length);
    if (place !== undefined) onSeek(place);
    else if (event.key === " " || event.key === "Enter") onToggle();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the list beside must not move
  };
  const left = wavePath(recording.left, HEIGHT / 4, HEIGHT / 4 - 2);
  const right = wavePath(recording.right, (HEIGHT / 4) * 3, HEIGHT / 4 - 2);
  return (
    <div className={styles["waveBox"]}>
      <div className={styles["sides"]} aria-hidden>
        <span>{t("customerSide")}</span>
        <span>{t("ourSide")}</span>
      </div>
      <div
        role="slider"
        tabIndex={0}
        className={styles["wave"]}
        aria-label={t("place")}
        aria-valuemin={0}
        aria-valuemax={Math.round(length)}
        aria-valuenow={Math.round(now)}
        aria-valuetext={t("placeOf", { now: duration(Math.floor(now)), length: duration(length) })}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          seekTo(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
        }}
        onKeyDown={press}
      >
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden focusable="false">
          {recording.pauses.map(({ from_ms, to_ms }) => (
            <rect
              key={from_ms}
              className={styles["pause"]}
              x={(from_ms / recording.duration_ms) * WIDTH}
              width={((to_ms - from_ms) / recording.duration_ms) * WIDTH}
              y={0}
              height={HEIGHT}
            />
          ))}
          <path className={styles["left"]} d={left} />
          <path className={styles["right"]} d={right} />
          <rect className={styles["heard"]} x={0} y={0} width={at} height={HEIGHT} />
          <line className={styles["cursor"]} x1={at} x2={at} y1={0} y2={HEIGHT} vectorEffect="non-scaling-stroke" />
        </svg>
      </div>
    </div>
  );
}
