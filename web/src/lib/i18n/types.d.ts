import type accounts from "./zh-CN/accounts.json";
import type approval from "./zh-CN/approval.json";
import type audit from "./zh-CN/audit.json";
import type calendar from "./zh-CN/calendar.json";
import type common from "./zh-CN/common.json";
import type desk from "./zh-CN/desk.json";
import type errors from "./zh-CN/errors.json";
import type health from "./zh-CN/health.json";
import type help from "./zh-CN/help.json";
import type identity from "./zh-CN/identity.json";
import type interaction from "./zh-CN/interaction.json";
import type notify from "./zh-CN/notify.json";
import type numbering from "./zh-CN/numbering.json";
import type organization from "./zh-CN/organization.json";
import type parts from "./zh-CN/parts.json";
import type policies from "./zh-CN/policies.json";
import type recording from "./zh-CN/recording.json";
import type report from "./zh-CN/report.json";
import type reviews from "./zh-CN/reviews.json";
import type roles from "./zh-CN/roles.json";
import type routing from "./zh-CN/routing.json";
import type setting from "./zh-CN/setting.json";
import type shell from "./zh-CN/shell.json";
import type staff from "./zh-CN/staff.json";
import type start from "./zh-CN/start.json";
import type voice from "./zh-CN/voice.json";
import type webhook from "./zh-CN/webhook.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      accounts: typeof accounts;
      approval: typeof approval;
      audit: typeof audit;
      calendar: typeof calendar;
      common: typeof common;
      desk: typeof desk;
      errors: typeof errors;
      health: typeof health;
      help: typeof help;
      identity: typeof identity;
      interaction: typeof interaction;
      notify: typeof notify;
      numbering: typeof numbering;
      organization: typeof organization;
      parts: typeof parts;
      policies: typeof policies;
      recording: typeof recording;
      report: typeof report;
      reviews: typeof reviews;
      roles: typeof roles;
      routing: typeof routing;
      setting: typeof setting;
      shell: typeof shell;
      staff: typeof staff;
      start: typeof start;
      voice: typeof voice;
      webhook: typeof webhook;
    };
  }
}
