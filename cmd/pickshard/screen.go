package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	reports "github.com/pickshard/pickshard/stages/report"
)

// pictureKind is how a terminal shows images. It implements pflag.Value.
type pictureKind string

const (
	picturesAuto   pictureKind = "auto"
	picturesKitty  pictureKind = "kitty"  // kitty's graphics protocol: kitty, Ghostty, WezTerm, Konsole
	picturesSixel  pictureKind = "sixel"  // DEC's: foot, mlterm, contour, xterm -ti vt340
	picturesBlocks pictureKind = "blocks" // two pixels a character, in colours of 24 bits
	picturesNone   pictureKind = "none"
)

func pictureKinds() []string { return []string{"auto", "kitty", "sixel", "blocks", "none"} }

func (k *pictureKind) String() string { return string(*k) }

// Type is what help texts call the value.
func (k *pictureKind) Type() string { return "kind" }

// Set takes one of the kinds.
func (k *pictureKind) Set(s string) error {
	if !slices.Contains(pictureKinds(), s) {
		return errors.New("write " + strings.Join(pictureKinds(), ", "))
	}
	*k = pictureKind(s)
	return nil
}

// screen is where records are shown.
type screen struct {
	width  int // in characters
	images pictureKind
	colour bool
}

// newScreen looks at where the output goes: pictures and colours are for terminals, and
// for who asks for them by name.
func newScreen(out io.Writer, asked pictureKind) *screen {
	s := &screen{width: terminalWidth, images: asked}
	f, ok := out.(*os.File)
	terminal := ok && isTerminal(f)
	if terminal {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			s.width = w
		}
	}
	s.colour = terminal && os.Getenv("NO_COLOR") == ""
	if asked == picturesAuto {
		s.images = picturesNone
		if s.colour {
			s.images = guessPictures(os.Getenv)
		}
	}
	return s
}

// guessPictures is what the terminal can, as far as it tells: to ask it would need it to
// answer.
func guessPictures(env func(string) string) pictureKind {
	program, kind := env("TERM_PROGRAM"), env("TERM")
	switch {
	case env("TMUX") != "" || strings.HasPrefix(kind, "screen") || strings.HasPrefix(kind, "tmux"):
		return picturesBlocks // what stands between passes text alone
	case env("KITTY_WINDOW_ID") != "", kind == "xterm-kitty", kind == "xterm-ghostty", program == "ghostty", program == "WezTerm":
		return picturesKitty
	case strings.HasPrefix(kind, "foot"), strings.HasPrefix(kind, "mlterm"), strings.HasPrefix(kind, "contour"), strings.Contains(kind, "sixel"):
		return picturesSixel
	}
	return picturesBlocks
}

func (s *screen) strong(text string) string {
	if s.colour {
		return "\x1b[1m" + text + "\x1b[0m"
	}
	return text
}

func (s *screen) soft(text string) string {
	if s.colour {
		return "\x1b[2m" + text + "\x1b[0m"
	}
	return text
}

// Sizes of pictures: of pixels where the terminal has them, of characters otherwise.
const (
	pictureSide = 160
	blockSide   = 28
	pictureGap  = 2
	// A character is taken to be so many pixels wide: what is told of it differs, and a
	// picture that is too wide would be cut.
	characterWidth = 10
)

// side is the longest side of a thumbnail in pixels.
func (s *screen) side() int {
	if s.images == picturesBlocks {
		return min(blockSide, s.width)
	}
	return pictureSide
}

// most is how many pictures stand side by side.
func (s *screen) most() int {
	if s.images == picturesBlocks {
		return max(1, (s.width+pictureGap)/(s.side()+pictureGap))
	}
	return max(1, s.width*characterWidth/(pictureSide+pictureGap*4))
}

// draw shows pictures side by side.
func (s *screen) draw(w *bufio.Writer, all []reports.Thumbnail) error {
	if len(all) == 0 {
		return nil
	}
	switch s.images {
	case picturesKitty:
		return drawKitty(w, strip(all))
	case picturesSixel:
		return drawSixel(w, strip(all))
	case picturesBlocks:
		return drawBlocks(w, all)
	}
	return nil
}

// strip puts pictures side by side into one, clear between them.
func strip(all []reports.Thumbnail) *image.NRGBA {
	gap, width, height := pictureGap*4, 0, 0
	for _, t := range all {
		width, height = width+t.Image.Rect.Dx()+gap, max(height, t.Image.Rect.Dy())
	}
	out := image.NewNRGBA(image.Rect(0, 0, width-gap, height))
	x := 0
	for _, t := range all {
		draw.Draw(out, image.Rect(x, 0, x+t.Image.Rect.Dx(), height), t.Image, image.Point{}, draw.Src)
		x += t.Image.Rect.Dx() + gap
	}
	return out
}

// drawBlocks shows two pixels a character: the upper half block in one colour on the
// other.
func drawBlocks(w *bufio.Writer, all []reports.Thumbnail) error {
	height := 0
	for _, t := range all {
		height = max(height, t.Image.Rect.Dy())
	}
	for y := 0; y < height; y += 2 {
		for i, t := range all {
			if i > 0 {
				fmt.Fprintf(w, "%*s", pictureGap, "") // an error stays in w
			}
			for x := range t.Image.Rect.Dx() {
				upper, lower := t.Image.RGBAAt(x, y), t.Image.RGBAAt(x, y+1)
				switch {
				case y >= t.Image.Rect.Dy():
					fmt.Fprint(w, "\x1b[0m ")
				case y+1 >= t.Image.Rect.Dy():
					fmt.Fprintf(w, "\x1b[0;38;2;%d;%d;%dm▀", upper.R, upper.G, upper.B)
				default:
					fmt.Fprintf(w, "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm▀", upper.R, upper.G, upper.B, lower.R, lower.G, lower.B)
				}
			}
			fmt.Fprint(w, "\x1b[0m")
		}
		fmt.Fprintln(w)
	}
	return nil
}

// drawKitty sends a PNG in pieces of 4096 bytes, as the protocol wants it.
func drawKitty(w *bufio.Writer, m image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	data := base64.StdEncoding.EncodeToString(b.Bytes())
	control := "f=100,a=T,"
	for len(data) > 0 {
		n, more := min(len(data), 4096), 0
		if n < len(data) {
			more = 1
		}
		fmt.Fprintf(w, "\x1b_G%sm=%d;%s\x1b\\", control, more, data[:n]) // an error stays in w
		data, control = data[n:], ""
	}
	_, err := fmt.Fprintln(w)
	return err
}

// drawSixel sends a picture in 256 colours, six rows at a time: what is clear stays as it
// is.
func drawSixel(w *bufio.Writer, m *image.NRGBA) error {
	b := m.Rect
	flat := image.NewPaletted(b, append(slices.Clone(palette.Plan9[:255]), color.Transparent))
	draw.FloydSteinberg.Draw(flat, b, m, b.Min)
	fmt.Fprintf(w, "\x1bP0;1q\"1;1;%d;%d", b.Dx(), b.Dy()) // an error stays in w
	for i, c := range palette.Plan9[:255] {
		r, g, bl, _ := c.RGBA()
		fmt.Fprintf(w, "#%d;2;%d;%d;%d", i, r*100/0xffff, g*100/0xffff, bl*100/0xffff)
	}
	for y := 0; y < b.Dy(); y += 6 {
		sixelBand(w, flat, y)
		fmt.Fprint(w, "-")
	}
	_, err := fmt.Fprint(w, "\x1b\\\n")
	return err
}

// sixelBand writes six rows, colour by colour.
func sixelBand(w *bufio.Writer, m *image.Paletted, y int) {
	var used [256]bool
	for row := y; row < min(y+6, m.Rect.Dy()); row++ {
		for x := range m.Rect.Dx() {
			used[m.ColorIndexAt(x, row)] = true
		}
	}
	for c := range len(m.Palette) - 1 { // the last is clear
		if !used[c] {
			continue
		}
		fmt.Fprintf(w, "#%d", c)
		last, run := byte(0), 0
		for x := range m.Rect.Dx() {
			bits := byte(0)
			for k := range 6 {
				if y+k < m.Rect.Dy() && int(m.ColorIndexAt(x, y+k)) == c {
					bits |= 1 << k
				}
			}
			if run > 0 && bits != last {
				sixelRun(w, last, run)
				run = 0
			}
			last, run = bits, run+1
		}
		sixelRun(w, last, run)
		fmt.Fprint(w, "$")
	}
}

func sixelRun(w *bufio.Writer, bits byte, n int) {
	if n > 3 {
		fmt.Fprintf(w, "!%d%c", n, '?'+bits)
		return
	}
	for range n {
		_ = w.WriteByte('?' + bits) // an error stays in w
	}
}
