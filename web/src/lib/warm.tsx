import { use, type ComponentType } from "react";

/** React reads these fields of a promise that it waits for; one that is already fulfilled never suspends. */
interface Settled<Value> extends Promise<Value> {
  status?: "fulfilled";
  value?: Value;
}

/**
 * A component in a script of its own that can be fetched before it is needed. Unlike React.lazy it draws at
 * once when it is there, so that a dialog opens in the same frame as the key that asked for it.
 */
export function warm<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loading: Settled<ComponentType<Props>> | null = null;

  const preload = (): Promise<ComponentType<Props>> => {
    if (loading !== null) return loading;
    const started: Settled<ComponentType<Props>> = load();
    loading = started;
    started.then(
      (component) => {
        started.status = "fulfilled";
        started.value = component;
      },
      () => {
        // Asked again, it tries again.
        loading = null;
      },
    );
    return started;
  };

  function Warm(props: Props) {
    const Component = use(preload());
    return <Component {...props} />;
  }
  return Object.assign(Warm, { preload });
}
