import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { DetailsList } from "@/components/details-list";
import { PageHeader } from "@/components/page-header";
import { useSession } from "@/lib/session/use-session";
import { OwnPolicies } from "./own-policies";
import { OwnPost } from "./own-post";
import { Preferences } from "./preferences";
import styles from "./profile.module.css";
import { Section } from "./section";
import { Security } from "./security";
import { Sessions } from "./sessions";
import { Tokens } from "./tokens";

export const profileTabs = ["me", "security", "tokens", "preferences"] as const;
export type ProfileTab = (typeof profileTabs)[number];

/** Everything of one's own. */
export function ProfileView({ tab, onTab }: { tab: ProfileTab; onTab: (tab: ProfileTab) => void }) {
  const { t } = useTranslation(["identity", "shell"]);
  const { person, national } = useSession();
  const contents = {
    me: (
      <>
        <Section title={t("identity:profile.who")} note={t("identity:profile.whoNote")}>
          <DetailsList
            items={[
              { name: t("identity:profile.name"), value: person.name },
              { name: t("identity:profile.number"), value: person.number },
              { name: t("identity:profile.centre"), value: person.centre.name },
              { name: t("identity:profile.scope"), value: t(national ? "identity:profile.national" : "identity:profile.regional") },
            ]}
          />
        </Section>
        <OwnPost />
        <OwnPolicies />
      </>
    ),
    security: (
      <>
        <Security />
        <Sessions />
      </>
    ),
    tokens: <Tokens />,
    preferences: <Preferences />,
  };
  return (
    <>
      <PageHeader title={t("shell:pages.profile")} help="identity.profile" />
      <div className={styles["page"]}>
        <Tabs
          activeKey={tab}
          onChange={(key) => {
            onTab(profileTabs.find((name) => name === key) ?? "me");
          }}
          items={profileTabs.map((key) => ({ key, label: t(`identity:profile.tabs.${key}`), children: contents[key] }))}
          destroyOnHidden
        />
      </div>
    </>
  );
}
