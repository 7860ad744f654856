import type audit from "./zh-CN/audit.json";
import type common from "./zh-CN/common.json";
import type errors from "./zh-CN/errors.json";
import type health from "./zh-CN/health.json";
import type help from "./zh-CN/help.json";
import type identity from "./zh-CN/identity.json";
import type notify from "./zh-CN/notify.json";
import type parts from "./zh-CN/parts.json";
import type shell from "./zh-CN/shell.json";
import type start from "./zh-CN/start.json";
import type webhook from "./zh-CN/webhook.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      audit: typeof audit;
      common: typeof common;
      errors: typeof errors;
      health: typeof health;
      help: typeof help;
      identity: typeof identity;
      notify: typeof notify;
      parts: typeof parts;
      shell: typeof shell;
      start: typeof start;
      webhook: typeof webhook;
    };
  }
}
