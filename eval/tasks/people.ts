/** First names. */
export const people: readonly string[] =
  "Anna Boris Clara Dmitri Elena Felix Greta Hugo Irene Jonas Karla Leon Marta Nils Olga Pavel Rita Simon Tessa Viktor"
    .split(" ");

/** Cities of Europe. */
export const cities: readonly string[] =
  "Lisbon Oslo Vienna Prague Dublin Madrid Athens Warsaw Helsinki Rome Berlin Paris Geneva Budapest Stockholm"
    .split(" ");

/** Professions. */
export const jobs: readonly string[] =
  "baker tailor carpenter doctor teacher painter lawyer farmer nurse pilot plumber butcher gardener"
    .split(" ");

/** Made-up firms. */
export const firms: readonly string[] =
  "Silver Mill,Golden Bridge,Northern Light,Quiet River,Copper Field,Bright Harbour,Green Valley,Iron Gate"
    .split(",");
