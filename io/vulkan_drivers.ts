/** Variables that name driver files themselves. */
const NAMING = ["VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES", "VK_ICD_FILENAMES"];

/**
 * Whether a driver for Vulkan may be there, by where its loader looks: without one it would write warnings of its own
 * to standard error. True where Vulkan is not what is used, and where the folders cannot be read.
 */
export function mayHaveVulkanDriver(): boolean {
  if (Deno.build.os !== "linux") return true;
  try {
    if (NAMING.some((name) => Deno.env.get(name))) return true;
    return driverFolders().some(hasDriver);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return true;
    throw error;
  }
}

function driverFolders(): string[] {
  const home = Deno.env.get("HOME") ?? "";
  const config = Deno.env.get("XDG_CONFIG_HOME") || `${home}/.config`;
  const data = Deno.env.get("XDG_DATA_HOME") || `${home}/.local/share`;
  const all = Deno.env.get("XDG_DATA_DIRS") || "/usr/local/share:/usr/share";
  return [config, "/etc/xdg", "/usr/local/etc", "/etc", data, ...all.split(":")]
    .map((folder) => `${folder}/vulkan/icd.d`);
}

function hasDriver(folder: string): boolean {
  try {
    return Deno.readDirSync(folder).some(({ name }) => name.endsWith(".json"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
