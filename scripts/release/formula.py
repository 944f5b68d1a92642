"""The Homebrew formula of a release: its archives' addresses and digests."""

ADDRESS = "https://github.com/pickshard/pickshard/releases/download"


def text(release, digests):
    """The formula; digests maps archives' names to their SHA-256."""

    def archive(goos, goarch):
        name = f"pickshard_{release.version}_{goos}_{goarch}.tar.gz"
        return f'      url "{ADDRESS}/v{release.version}/{name}"\n      sha256 "{digests[name]}"'

    return f"""class Pickshard < Formula
  desc "Image-preference datasets from pickles to Parquet, Arrow and WebDataset"
  homepage "https://github.com/pickshard/pickshard"
  version "{release.version}"
  license "Apache-2.0"

  on_macos do
    on_arm do
{archive("darwin", "arm64")}
    end
    on_intel do
{archive("darwin", "amd64")}
    end
  end

  on_linux do
    on_arm do
{archive("linux", "arm64")}
    end
    on_intel do
{archive("linux", "amd64")}
    end
  end

  def install
    bin.install "pickshard"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/pickshard.bash" => "pickshard"
    zsh_completion.install "completions/pickshard.zsh" => "_pickshard"
    fish_completion.install "completions/pickshard.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/pickshard --version")
    system bin/"pickshard", "demo", testpath/"demo"
    system bin/"pickshard", "verify", testpath/"demo/output"
  end
end
"""
