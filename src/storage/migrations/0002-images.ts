// The tables of images.

export const images = "";
