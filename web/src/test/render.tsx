import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect, type ReactNode } from "react";
import { Providers } from "@/app/providers";
import { createQueryClient } from "@/app/query-client";
import { createAppRouter } from "@/app/router";
import { shortcuts } from "@/lib/shortcuts/registry";
import { fakeLive } from "./fake-live";

function Keys({ children }: { children: ReactNode }) {
  useEffect(() => shortcuts.listen(), []);
  return children;
}

/** Renders a part of a page inside the providers of the application, with working shortcuts. */
export function renderPart(part: ReactNode) {
  const live = fakeLive();
  const user = userEvent.setup();
  const view = render(
    <Providers queries={createQueryClient()} live={live.client}>
      <Keys>{part}</Keys>
    </Providers>,
  );
  return { ...view, live, user };
}

/** Renders the whole application at an address. */
export function renderApp(path: string) {
  const live = fakeLive();
  const user = userEvent.setup();
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }));
  const view = render(
    <Providers queries={createQueryClient()} live={live.client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, live, user, router };
}
