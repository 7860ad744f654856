import { Button, InputNumber, Switch } from "antd";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/components/error-note";
import { api, unwrap } from "@/lib/api/client";
import styles from "./demo.module.css";

const MOST = 600;
const key = ["demo", "traffic"] as const;

function trafficQuery() {
  return queryOptions({
    queryKey: key,
    queryFn: ({ signal }) => unwrap(api.GET("/api/demo/traffic", { signal })),
    // Nobody looks again where there is none.
    refetchInterval: ({ state }) => (state.data?.available === true ? 3_000 : false),
  });
}

/** Switches the simulated callers and agents of a demonstration; nothing in any other installation. */
export function TrafficCard() {
  const { t } = useTranslation("start");
  const client = useQueryClient();
  const { data } = useQuery(trafficQuery());
  const [typed, setTyped] = useState<number | null>(null);
  const id = useId();
  const change = useMutation({
    mutationFn: (body: { on: boolean; rate: number }) => unwrap(api.POST("/api/demo/traffic", { body })),
    onSuccess: (answer) => {
      client.setQueryData(key, answer);
      setTyped(null);
    },
  });
  if (data?.available !== true) return null;
  const rate = typed ?? data.rate;
  return (
    <section className={styles["card"]} aria-label={t("traffic.title")}>
      <h2>{t("traffic.title")}</h2>
      <p>{t("traffic.note")}</p>
      <div className={styles["row"]}>
        <Switch
          aria-label={t("traffic.switch")}
          checked={data.on}
          loading={change.isPending}
          onChange={(on) => { change.mutate({ on, rate }); }}
        />
        <span>{data.on ? t("traffic.on") : t("traffic.off")}</span>
        <label htmlFor={id}>{t("traffic.rate")}</label>
        <InputNumber id={id} min={1} max={MOST} precision={0} value={rate} onChange={setTyped} />
        {data.on && typed !== null && typed !== data.rate ? (
          <Button onClick={() => { change.mutate({ on: true, rate }); }}>{t("traffic.apply")}</Button>
        ) : null}
        <span className="figures">
          {data.on ? t("traffic.state", { callers: data.callers, agents: data.agents, made: data.made, served: data.served, gaveUp: data.gave_up }) : null}
        </span>
      </div>
      {data.trouble === "" ? null : <p>{t("traffic.trouble", { what: data.trouble })}</p>}
      {change.error === null ? null : <ErrorNote what={t("traffic.failed")} error={change.error} />}
    </section>
  );
}
