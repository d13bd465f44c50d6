import { exists } from "./exists.ts";

/** Where Chromium's packages keep a graphics card made of software. */
const places = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

/** Lets Vulkan see SwiftShader alone, in this process; false where no Chromium brought it. */
export async function useSwiftShader(): Promise<boolean> {
  for (const place of places) {
    if (!await exists(place)) continue;
    Deno.env.set("VK_DRIVER_FILES", place);
    return true;
  }
  return false;
}
