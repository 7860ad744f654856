import { theme, type ThemeConfig } from "antd";
import { fontFamily, monoFamily, palettes, type Shade } from "./tokens";

/** Ant Design's theme, derived from our tokens: calm, flat, 14 px, controls of 32 px; `still` means no motion. */
export function antdTheme(shade: Shade, still: boolean): ThemeConfig {
  const p = palettes[shade];
  return {
    algorithm: shade === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: p.accent,
      colorPrimaryHover: p.accentHover,
      colorLink: p.accent,
      colorLinkHover: p.accentHover,
      colorSuccess: p.ok,
      colorInfo: p.info,
      colorWarning: p.warning,
      colorError: p.fault,
      colorErrorText: p.fault,
      colorText: p.text,
      colorTextSecondary: p.muted,
      colorTextTertiary: p.muted,
      colorTextDescription: p.muted,
      colorTextPlaceholder: p.muted,
      colorTextLightSolid: p.onAccent,
      colorBgBase: p.surface,
      colorBgLayout: p.canvas,
      colorBgContainer: p.surface,
      colorBgElevated: p.surface,
      colorBorder: p.control,
      colorBorderSecondary: p.line,
      colorSplit: p.line,
      borderRadius: 6,
      fontFamily,
      fontFamilyCode: monoFamily,
      fontSize: 14,
      controlHeight: 32,
      motion: !still,
      motionDurationFast: "0.06s",
      motionDurationMid: "0.1s",
      motionDurationSlow: "0.14s",
      controlItemBgHover: p.sunken,
      controlItemBgActive: p.selected,
      controlItemBgActiveHover: p.selected,
      boxShadow: p.shadow,
      boxShadowSecondary: p.shadow,
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", primaryColor: p.onAccent },
      Tooltip: { colorBgSpotlight: shade === "dark" ? "#33424a" : "#1d2b2f", colorTextLightSolid: "#ffffff" },
      Form: { itemMarginBottom: 18, verticalLabelPadding: "0 0 4px" },
      Drawer: { paddingLG: 20 },
    },
  };
}
