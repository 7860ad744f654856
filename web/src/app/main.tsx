import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { errorWords } from "@/lib/i18n/error-text";
import { setupI18n } from "@/lib/i18n/setup";
import { createLiveClient } from "@/lib/live/socket";
import { setupTheme } from "@/lib/theme/mode";
import "./global.css";
import { Providers } from "./providers";
import { createQueryClient } from "./query-client";
import { createAppRouter } from "./router";

async function start(): Promise<void> {
  setupTheme();
  await setupI18n();
  const container = document.getElementById("root");
  if (!container) throw new Error("index.html has no #root");
  createRoot(container).render(
    <StrictMode>
      <Providers queries={createQueryClient()} live={createLiveClient()}>
        <RouterProvider router={createAppRouter()} />
      </Providers>
    </StrictMode>,
  );
  void errorWords();
}

void start();
