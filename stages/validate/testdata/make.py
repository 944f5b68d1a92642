"""Makes the images of this folder: settings that Go's encoders do not have.

    python -m venv V && V/bin/pip install pillow numpy && V/bin/python make.py

The files are kept, so nobody needs to run it. Made with Pillow 13.0.
"""
import pathlib

import numpy
from PIL import Image

here = pathlib.Path(__file__).parent
rng = numpy.random.default_rng(1)
y, x = numpy.mgrid[0:160, 0:200]
waves = 128 + 60 * numpy.sin(x / 17) + 50 * numpy.cos(y / 11) + rng.normal(0, 12, (160, 200))
rgb = Image.fromarray(
    numpy.clip(numpy.stack([waves, 250 - waves, waves * 0.8], 2), 0, 255).astype("uint8"))
flat = Image.new("L", (2048, 512), 0)


def save(image, name, **options):
    image.save(here / name, **options)


for sub in (0, 1, 2):
    save(rgb, f"progressive-{sub}.jpg", progressive=True, quality=80, subsampling=sub)
save(rgb, "progressive-restart.jpg", progressive=True, quality=80, restart_marker_rows=1)
save(rgb, "restart.jpg", quality=80, restart_marker_blocks=3)
save(rgb, "optimized.jpg", quality=80, optimize=True)
save(rgb.convert("L"), "grey-progressive.jpg", quality=85, progressive=True)
save(rgb.convert("CMYK"), "cmyk.jpg", quality=70)
save(flat, "flat-optimized.jpg", optimize=True)  # zeros throughout
save(flat, "flat-progressive.jpg", progressive=True)
save(rgb, "lossy.webp", quality=80)
save(rgb, "lossless.webp", lossless=True)
alpha = rgb.copy()
alpha.putalpha(Image.fromarray((x % 256).astype("uint8")))
save(alpha, "alpha.webp", quality=50)
frames = [rgb.resize((64, 48)), rgb.rotate(90).resize((64, 48)), rgb.rotate(180).resize((64, 48))]
save(frames[0], "animated.webp", save_all=True, append_images=frames[1:], quality=50)
save(frames[0], "animated.gif", save_all=True, append_images=frames[1:])
save(rgb.quantize(16), "palette.png")
save(Image.fromarray((waves * 200).astype("uint16")), "16-bit.png")
save(alpha, "alpha.png")

small = rgb.resize((40, 30))
save(small, "small.bmp")
save(small.quantize(16), "small-palette.bmp")
save(small, "small.tif", compression="tiff_lzw")
save(small, "small-big.tif", big_tiff=True, compression="tiff_deflate")
save(small, "small-pages.tif", save_all=True, append_images=[small.rotate(180)])
save(small, "small.avif", quality=50)
save(frames[0].resize((40, 30)), "small-animated.avif", save_all=True, append_images=[frames[1].resize((40, 30))], quality=40)
