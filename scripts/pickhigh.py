"""What the generators of Pick-High-like data share: its shape, prompts, scores, pictures.

Not a script: scripts/demo/make_demo.py and scripts/judges/make_lookalike.py import it.

The shape (Pick-High, BarretBa/ICTHP):

    Pick-High/{train,val,test}.pkl        a pickled DataFrame each, columns COLUMNS; image columns hold file NAMES
    pick_easy_img/{split}/UID_0.jpg       what the basic prompt gave, first picture
    pick_easy_img/{split}/UID_1.jpg       second picture
    pick_refine_img/{split}/UID.png       what the refined prompt gave

Everything here is a function of its arguments: no clock, no global random state.
"""

import io
import math
import pathlib
import random
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

COLUMNS = ["easy_prompt", "refine_prompt", "easy_image_0", "easy_image_1", "refine_image", "E1", "E2", "R1", "R2"]
TEXTS = COLUMNS[:2]
IMAGES = COLUMNS[2:5]
SCORES = COLUMNS[5:]
SPLITS = ("train", "val", "test")

# Basic prompt, what the refined prompt adds, and the scene's colours (sky above, sky below, disc, hills).
THEMES = [
    ("a red sun over blue hills", "golden hour, layered mist, 35mm film grain", ("#27406b", "#e8a87c", "#e84a3c", "#31507a")),
    ("moon above a quiet sea", "long exposure, silver reflections, deep focus", ("#0b132b", "#3a506b", "#f5f3e7", "#1c2541")),
    ("desert at noon", "heat haze, wide angle, crisp shadows", ("#7cc6fe", "#f7e1b5", "#fff4c2", "#c98b4b")),
    ("green mountains in spring", "volumetric light, dew, highly detailed", ("#bde0fe", "#e9f5db", "#ffe066", "#4f772d")),
    ("una playa al amanecer", "colores cálidos, óleo sobre lienzo — “obra maestra”", ("#ffb4a2", "#ffe5d9", "#ff6b35", "#2a9d8f")),
    ("夕暮れの富士山", "浮世絵風、木版画、4K、傑作", ("#ff9a8b", "#ffd3a5", "#ffffff", "#4b3f72")),
    ("雪山上的月亮", "水墨画风格,留白,细腻笔触", ("#dfe7fd", "#f0efeb", "#fff3b0", "#8d99ae")),
    ("바다 위의 작은 섬", "파스텔 색조, 부드러운 빛, 일러스트", ("#caf0f8", "#ade8f4", "#ffd6ff", "#0077b6")),
    ("غروب الشمس فوق الصحراء", "ضوء ذهبي، تفاصيل دقيقة، تصوير سينمائي", ("#5f0f40", "#fb8b24", "#ffd166", "#9a031e")),
    ("שמש מעל הכרמל", "אור רך, ציור שמן", ("#90e0ef", "#fefae0", "#ffba08", "#606c38")),
    ("sunset 🌅 with a 👩‍🚀 (no people!)", "🔥🔥 ultra-detailed 🇯🇵, e\u0301tude, trending", ("#3c096c", "#ff6d00", "#ffea00", "#240046")),
    ('she said "paint\nthe sky", twice', "line one\r\n\tline two; C:\\art\\sky, it's 100% 'free'", ("#023047", "#8ecae6", "#ffb703", "#219ebc")),
]  # fmt: skip

# Texts that break careless writers and readers. The long ones share a prefix of more than 64 bytes, and one
# begins with the last code points there are: bounds that are cut short must still bound.
AWKWARD = [
    "",
    " ",
    "0",
    "1.0",
    "null",
    "NaN",
    "true",
    '"quoted"',
    "'",
    "back\\slash \\n \\u0041",
    "tab\tand\r\nlines\n\n",
    "</script><!-- & &amp; -->",
    "a,b;c|d",
    "{\"key\": [1, 2]}",
    "- yaml: *anchor",
    "line\u2028and paragraph\u2029separators",
    "\ufeffbyte order mark",
    "zero\u200bwidth\u200djoiner",
    "\u202eright to left override",
    "caf\u00e9 and cafe\u0301",
    "𝒻𝒶𝓃𝒸𝓎 𠜎𠜱𠝹",
    "👨‍👩‍👧‍👦🏳️‍🌈🇺🇳",
    "\x01\x1f\x7f\x85control",
    "\ud7ff\ue000\ufffd",
    "\U0010ffff" * 40,
    "\U0010ffff" * 40 + "a",
    "the same long beginning, " * 8 + "first",
    "the same long beginning, " * 8 + "second",
    "é" * 33 + "tail",
    "x" * 6000,
]

# Scores that must come back bit by bit. (-0.0 == 0.0: a filter on 0.0 finds both.)
AWKWARD_SCORES = [
    0.0, 1.0, -0.0, -1.0, 0.5, -0.25, 0.1, 0.1 + 0.2, 1 / 3, 2.0, 100.0, 1e-7, -1e-7, 1e15, 1e16, 1e21, 1e22, 1e100,
    5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 9007199254740993.0,
    math.pi, 0.9999999999999999, 1.0000000000000002, 123456789.125,
]  # fmt: skip


def rng(*words):
    """A generator fixed by the words, the same in every version of Python and on every machine."""
    return random.Random("/".join(map(str, words)))


def uid(*words):
    """A record's name: 16 hexadecimal digits, unique in practice."""
    return f"{rng('uid', *words).getrandbits(64):016x}"


def scores(r):
    """E1, E2, R1, R2: mostly ordinary, now and then exactly 0 or 1, or negative."""
    out = []
    for _ in range(4):
        dice = r.random()
        if dice < 0.08:
            out.append(0.0)
        elif dice < 0.16:
            out.append(1.0)
        elif dice < 0.30:
            out.append(-round(r.random(), 4))
        else:
            out.append(r.random())
    return out


# --- pictures ---------------------------------------------------------------------------------------------------


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def scene(r, theme, width, height, detail):
    """A landscape of a theme's colours. detail 0: a rough one; 1: smoother, with stars, glow and more hills."""
    above, below, disc, hill = map(rgb, theme)
    t = np.linspace(0, 1, height)[:, None]
    sky = (np.array(above)[None] * (1 - t) + np.array(below)[None] * t).round().astype(np.uint8)
    image = Image.fromarray(np.repeat(sky[:, None, :], width, axis=1))
    draw = ImageDraw.Draw(image)
    cx, cy = width * r.uniform(0.2, 0.8), height * r.uniform(0.2, 0.5)
    radius = min(width, height) * r.uniform(0.08, 0.18)
    if detail:
        for k in (1.8, 1.5, 1.25):
            mix = tuple(round(a * 0.82 + d * 0.18) for a, d in zip(image.getpixel((int(cx), int(cy))), disc))
            draw.ellipse([cx - k * radius, cy - k * radius, cx + k * radius, cy + k * radius], fill=mix)
        for _ in range(30):
            x, y = r.randrange(width), r.randrange(max(1, height // 2))
            draw.point((x, y), fill=disc)
    draw.ellipse([cx - radius, cy - radius, cx + radius, cy + radius], fill=disc)
    layers = 5 if detail else 2
    for n in range(layers):
        share = (n + 1) / layers
        colour = tuple(round(h * share + b * (1 - share)) for h, b in zip(hill, below))
        base, phase, wave = height * (0.55 + 0.4 * n / layers), r.uniform(0, 6.3), r.uniform(1.5, 4)
        step = 2 if detail else max(4, width // 12)
        xs = list(range(0, width + step, step))
        ys = [base + height * 0.07 * (math.sin(phase + wave * x / width * 3) + 0.4 * math.sin(phase * 3 + wave * x / width * 11)) for x in xs]
        draw.polygon([(0, height), *zip(xs, ys), (width, height)], fill=colour)
    if not detail:
        image = image.filter(ImageFilter.BoxBlur(max(1, width // 128)))
    return image


def noisy(r, image, amplitude):
    """The picture with uniform noise of ±amplitude: what makes real files as big as they are."""
    if not amplitude:
        return image
    noise = np.random.Generator(np.random.PCG64(r.getrandbits(64))).integers(
        -amplitude, amplitude, size=(*image.size[::-1], 3), endpoint=True, dtype=np.int16
    )
    return Image.fromarray((np.asarray(image, dtype=np.int16) + noise).clip(0, 255).astype(np.uint8))


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def png(image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


# --- unique pictures at the speed of memory -------------------------------------------------------------------------


class JpegMixer:
    """Unique baseline JPEGs made of the restart intervals (rows of blocks) of a few base pictures.

    Each row of blocks ends with a restart marker, so rows decode on their own: any choice of rows in any order is
    a valid picture. A comment segment holds the seed, so that no two files are alike.
    """

    def __init__(self, bases):
        parts = [self.split(data) for data in bases]
        self.head = parts[0][0]
        if any(head != self.head for head, _ in parts):
            raise ValueError("base pictures must share their size, tables and quality")
        self.rows = [row for _, rows in parts for row in rows]
        self.count = len(parts[0][1])

    @staticmethod
    def split(data):
        """The bytes up to the end of SOS, and the entropy-coded rows without their restart markers."""
        at = 2
        while True:
            if data[at] != 0xFF:
                raise ValueError(f"no JPEG marker at {at}")
            marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            at += 2 + length
            if marker == 0xDA:
                break
        rows, start, k = [], at, at
        while True:
            k = data.index(b"\xff", k)
            if data[k + 1] == 0:
                k += 2
                continue
            rows.append(data[start:k])
            if data[k + 1] == 0xD9:
                return data[:at], rows
            k += 2
            start = k

    def make(self, r, comment):
        text = comment.encode()
        out = [self.head[:2], b"\xff\xfe", (len(text) + 2).to_bytes(2, "big"), text, self.head[2:]]
        chosen = r.choices(self.rows, k=self.count)
        for k, row in enumerate(chosen):
            out += [row, bytes([0xFF, 0xD0 + k % 8]) if k + 1 < self.count else b"\xff\xd9"]
        return b"".join(out)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


class PngMixer:
    """Unique PNGs: a stripe of fresh noise on top of one of a few base pictures, compressed beforehand.

    The image data is one zlib stream in two IDAT chunks: a stored block with the stripe, then the base's rows,
    whose Adler sum is combined with the stripe's. Checksums and picture are right, and no two are alike.
    """

    def __init__(self, bases, stripe=8, level=6):
        self.bases = []
        for image in bases:
            width, height = image.size
            pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
            rows = pixels[stripe:].reshape(height - stripe, width * 3)
            filtered = np.empty((height - stripe, 1 + width * 3), dtype=np.uint8)  # filter 1 (Sub), as a quick encoder does
            filtered[:, 0] = 1
            filtered[:, 1:4] = rows[:, :3]
            filtered[:, 4:] = (rows[:, 3:] - rows[:, :-3]) & 0xFF
            raw = filtered.tobytes()
            packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY)
            body = packer.compress(raw) + packer.flush()
            head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            self.bases.append((head, width, chunk(b"IDAT", body), zlib.adler32(raw), len(raw)))
        self.stripe = stripe

    @staticmethod
    def adler_combine(first, second, length):
        """zlib's adler32_combine: the sum of two strings from their sums and the second one's length."""
        base = 65521
        a1, b1, a2, b2 = first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16
        return (((b1 + b2 + length * (a1 - 1)) % base) << 16) | ((a1 + a2 - 1) % base)

    def make(self, r, comment):
        head, width, body, adler, length = r.choice(self.bases)
        line = 1 + width * 3
        noise = bytearray(r.randbytes(line * self.stripe))
        noise[::line] = bytes(self.stripe)  # filter 0
        if len(noise) > 0xFFFF:
            raise ValueError("stripe does not fit a stored block")
        stored = b"\x78\x5e\x00" + struct.pack("<HH", len(noise), len(noise) ^ 0xFFFF) + noise
        total = self.adler_combine(zlib.adler32(noise), adler, length)
        return b"".join([
            head,
            chunk(b"tEXt", b"Comment\0" + comment.encode("latin-1", "replace")),
            chunk(b"IDAT", stored),
            body,
            chunk(b"IDAT", struct.pack(">I", total)),
            chunk(b"IEND", b""),
        ])  # fmt: skip


def write(path, data):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
