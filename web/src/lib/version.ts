declare const __YINGDA_VERSION__: string;

/** The version that this bundle was built for; "dev" outside of releases. */
export const bundleVersion: string = __YINGDA_VERSION__;
