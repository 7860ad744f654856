import { use, type ComponentType } from "react";

/**
 * A component in a script of its own that can be fetched before it is needed. Unlike React.lazy it draws at
 * once when it is there, so that a dialog opens in the same frame as the key that asked for it.
 */
export function warm<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | null = null;
  let loading: Promise<ComponentType<Props>> | null = null;

  const preload = (): Promise<ComponentType<Props>> => {
    loading ??= load().then(
      (component) => {
        loaded = component;
        return component;
      },
      (error: unknown) => {
        // Asked again, it tries again.
        loading = null;
        throw error;
      },
    );
    return loading;
  };

  function Warm(props: Props) {
    const Component = loaded ?? use(preload());
    return <Component {...props} />;
  }
  return Object.assign(Warm, { preload });
}
