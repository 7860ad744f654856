import { expect, it } from "vitest";
import { placeAt, placeByKey, wavePath } from "./waveform";

it("draws both halves of each part about the middle", () => {
  expect(wavePath([], 25, 20)).toBe("");
  expect(wavePath([255, 0], 25, 20)).toBe("M0.0 25.0L250.0 5.0L750.0 24.6L1000.0 25.0L750.0 25.4L250.0 45.0Z");
});

it("finds the place under the pointer, never outside of the recording", () => {
  expect(placeAt(150, 100, 200, 60)).toBe(15);
  expect(placeAt(50, 100, 200, 60)).toBe(0);
  expect(placeAt(900, 100, 200, 60)).toBe(60);
  expect(placeAt(900, 100, 0, 60)).toBe(0);
});

it("moves by keys and stops at both ends", () => {
  expect(placeByKey("ArrowRight", 10, 60)).toBe(15);
  expect(placeByKey("ArrowLeft", 3, 60)).toBe(0);
  expect(placeByKey("PageUp", 40, 60)).toBe(60);
  expect(placeByKey("PageDown", 40, 60)).toBe(10);
  expect(placeByKey("Home", 40, 60)).toBe(0);
  expect(placeByKey("End", 40, 60)).toBe(60);
  expect(placeByKey("x", 40, 60)).toBeUndefined();
});
