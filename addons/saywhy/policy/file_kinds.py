"""The kinds of file that a rule can name: a closed set, as facts. One kind is a few lines here, and nothing anywhere else.

A kind is known by a file's name, by its declared type, or by its first bytes. Names and types are those that IANA's
registry, freedesktop.org's shared-mime-info and the makers of the formats give; signatures are from the formats' own
specifications. Libraries such as filetype and puremagic give one answer to a whole file; what is needed here is every
kind that a beginning may still be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Signature:
    """Bytes at an offset. `holds`: one of these stands in the first bytes as well (see MARKS_WITHIN).

    `binary`: among the first 64 bytes is a zero, so that a text which happens to begin so is none.
    """

    magic: bytes
    offset: int = 0
    holds: tuple[bytes, ...] = ()
    binary: bool = False


MARKS_WITHIN: Final = 4_096  # bytes in which what a signature `holds` is looked for


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind. `attached` are extensions that count only where the answer names the file itself, as a download."""

    id: str
    label: str  # in a sentence: "a program"
    extensions: frozenset[str]
    types: frozenset[str] = frozenset()  # media types; one that ends in a slash stands for all that begin so
    signatures: tuple[Signature, ...] = ()
    attached: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ZIP: Final = b"PK\x03\x04"
OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # [MS-CFB] 2.2: old Office files, and Windows installers
# Names of files at the beginning of a zip that is a document, whatever kind: ODF and EPUB, OOXML, Scratch, GeoGebra, H5P,
# iWork, KMZ, 3MF. Such a zip is no archive.
ZIPPED_DOCUMENTS: Final = (
    b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/", b"mimetype", b"project.json",
    b"geogebra", b"h5p.json", b"Index/", b"doc.kml", b"3D/",
)  # fmt: skip
OLD_OFFICE: Final = _words("doc dot xls xlt xla ppt pps pot pub vsd mpp msg")

_KINDS: Final = (
    FileKind(
        "programs",
        "a program",
        _words(
            "exe msi msix msixbundle appx appxbundle appinstaller dll scr pif cpl msp msu gadget jar pkg mpkg"
            " deb rpm appimage snap flatpak flatpakref run elf xbe"
        ),
        _words(
            "application/x-msdownload application/x-msdos-program application/x-dosexec application/x-msi application/x-ms-installer"
            " application/vnd.microsoft.portable-executable application/x-executable application/x-elf application/x-sharedlib"
            " application/x-mach-binary application/vnd.debian.binary-package application/x-debian-package application/x-deb"
            " application/x-rpm application/x-redhat-package-manager application/java-archive application/x-java-archive"
            " application/msix application/appx application/msixbundle application/appxbundle application/vnd.ms-appx"
            " application/exe application/x-exe application/x-winexe application/vnd.flatpak application/vnd.appimage"
            " application/x-iso9660-appimage application/vnd.snap application/wasm-exe application/vnd.apple.installer+xml"
        ),
        (
            Signature(b"MZ", binary=True),
            Signature(b"\x7fELF"),
            Signature(bytes.fromhex("feedface")),
            Signature(bytes.fromhex("feedfacf")),
            Signature(bytes.fromhex("cefaedfe")),
            Signature(bytes.fromhex("cffaedfe")),
            Signature(bytes.fromhex("cafebabe")),  # Mach-O for several processors; Java classes
            Signature(b"!<arch>\ndebian"),
            Signature(bytes.fromhex("edabeedb")),  # rpm
            Signature(b"xar!"),  # installers of macOS
            Signature(_ZIP, holds=(b"META-INF/MANIFEST.MF", b"AppxManifest.xml", b"AppxBundleManifest.xml")),
        ),
        attached=_words("com bin app"),
    ),
    FileKind(
        "phone-apps",
        "an app for phones",
        _words("apk apks apkm xapk aab ipa"),
        _words("application/vnd.android.package-archive application/x-ios-app"),
        (Signature(_ZIP, holds=(b"AndroidManifest.xml", b"classes.dex", b"resources.arsc", b"Payload/")),),
    ),
    FileKind(
        "browser-extensions",
        "an extension for a browser",
        _words("crx xpi safariextz"),
        _words("application/x-chrome-extension application/x-xpinstall application/x-safari-safariextz"),
        (Signature(b"Cr24"), Signature(_ZIP, holds=(b"META-INF/mozilla.", b"META-INF/cose.", b"PK\x03\x04manifest.json"))),
    ),
    FileKind(
        "scripts",
        "a script that a computer runs",
        _words("bat cmd ps1 psm1 psd1 vbs vbe vb wsf wsh wsc sct hta jse sh bash command ksh csh reg scf lnk url inf"),
        _words(
            "application/x-sh application/x-shellscript text/x-shellscript text/x-sh application/x-csh application/hta"
            " application/x-bat application/bat application/x-msdos-batch application/x-powershell text/x-powershell"
            " application/x-ms-shortcut text/vbscript application/x-vbs application/x-bash"
        ),
        (
            Signature(b"#!/"),
            Signature(b"#! /"),
            Signature(b"@echo off"),
            Signature(b"@ECHO OFF"),
            Signature(b"@Echo off"),
            Signature(bytes.fromhex("4c0000000114020000000000c0000000")),  # [MS-SHLLINK] 2.1
            Signature(b"Windows Registry Editor"),
            Signature(b"\xff\xfeW\x00i\x00n\x00d\x00o\x00w\x00s\x00 \x00R\x00e\x00g\x00"),
        ),
        attached=_words("js mjs py pyw pl rb"),
    ),
    FileKind(
        "office-macros",
        "an office file that may hold macros",
        _words("docm dotm xlsm xltm xlsb xlam xla pptm potm ppam ppsm sldm") | OLD_OFFICE - {"msg", "vsd", "pub", "mpp"},
        _words(
            "application/vnd.ms-word.document.macroenabled.12 application/vnd.ms-word.template.macroenabled.12"
            " application/vnd.ms-excel.sheet.macroenabled.12 application/vnd.ms-excel.template.macroenabled.12"
            " application/vnd.ms-excel.sheet.binary.macroenabled.12 application/vnd.ms-excel.addin.macroenabled.12"
            " application/vnd.ms-powerpoint.presentation.macroenabled.12 application/vnd.ms-powerpoint.template.macroenabled.12"
            " application/vnd.ms-powerpoint.addin.macroenabled.12 application/vnd.ms-powerpoint.slideshow.macroenabled.12"
            " application/vnd.ms-powerpoint.slide.macroenabled.12 application/msword application/vnd.ms-excel"
            " application/vnd.ms-powerpoint"
        ),
        # An old binary file does not say at its beginning whether it has macros.
        (Signature(OLE), Signature(_ZIP, holds=(b"vbaProject", b"vbaData", b"macroEnabled", b"macrosheets"))),
    ),
    FileKind(
        "archives",
        "an archive of files",
        _words("zip zipx 7z rar tar gz tgz bz2 tbz tbz2 xz txz lzma lz tlz zst tzst z cab ace arj lzh lha sit sitx cpio"),
        _words(
            "application/zip application/x-zip application/x-zip-compressed application/x-7z-compressed application/vnd.rar"
            " application/x-rar application/x-rar-compressed application/x-tar application/gzip application/x-gzip"
            " application/x-bzip application/x-bzip2 application/x-xz application/x-lzma application/x-lzip application/zstd"
            " application/x-compressed application/x-compress application/vnd.ms-cab-compressed application/x-ace-compressed"
            " application/x-arj application/x-lzh-compressed application/x-stuffit application/x-gtar application/x-cpio"
            " application/x-compressed-tar application/x-bzip-compressed-tar application/x-xz-compressed-tar"
        ),
        (
            Signature(_ZIP),
            Signature(b"PK\x05\x06"),  # an empty one
            Signature(b"PK\x07\x08"),  # one of several parts
            Signature(b"7z\xbc\xaf\x27\x1c"),
            Signature(b"Rar!\x1a\x07"),
            Signature(b"\x1f\x8b\x08"),
            Signature(b"BZh", binary=True),
            Signature(b"\xfd7zXZ\x00"),
            Signature(b"LZIP\x01"),
            Signature(bytes.fromhex("28b52ffd")),  # Zstandard, RFC 8878 3.1.1
            Signature(b"\x1f\x9d"),
            Signature(b"\x1f\xa0"),
            Signature(b"MSCF\x00\x00\x00\x00"),
            Signature(b"ustar", 257),
            Signature(b"**ACE**", 7),
            Signature(b"\x60\xea"),
            Signature(b"SIT!"),
        ),
    ),
    FileKind(
        "disk-images",
        "a disk image",
        _words("iso img dmg vhd vhdx vmdk vdi qcow2 wim esd nrg mdf udf cue toast ova"),
        _words(
            "application/x-iso9660-image application/vnd.efi.iso application/x-cd-image application/x-apple-diskimage"
            " application/x-raw-disk-image application/vnd.efi.img application/x-vhd-disk application/x-vhdx-disk"
            " application/x-vmdk-disk application/x-vdi-disk application/x-qemu-disk application/x-virtualbox-vdi"
            " application/x-virtualbox-vhd application/x-virtualbox-vmdk application/x-ms-wim application/x-virtualbox-ova"
        ),
        (
            Signature(b"CD001", 32_769),  # ECMA-119 8.1
            Signature(b"BEA01", 32_769),  # UDF: ECMA-167 2/9.2
            Signature(b"conectix"),
            Signature(b"vhdxfile"),
            Signature(b"KDMV"),
            Signature(b"# Disk DescriptorFile"),
            Signature(b"QFI\xfb"),
            Signature(b"MSWIM\x00\x00\x00"),
            Signature(b"<<< Oracle V"),
            Signature(bytes.fromhex("7801730d626260")),  # how dmg files that are compressed usually begin
            Signature(b"encrcdsa"),
        ),
    ),
    FileKind(
        "torrents",
        "a torrent",
        _words("torrent"),
        _words("application/x-bittorrent"),
        (Signature(b"d8:announce"), Signature(b"d13:announce-list"), Signature(b"d7:comment"), Signature(b"d10:created by")),
    ),
    FileKind(
        "audio",
        "a sound recording",
        _words("mp3 m4a m4b aac wav flac ogg oga opus wma aif aiff amr mid midi"),
        _words("audio/ application/ogg application/x-midi"),
        (
            Signature(b"ID3"),
            *(Signature(bytes((0xFF, second))) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xF1, 0xF9)),  # MPEG frames
            Signature(b"fLaC"),
            Signature(b"RIFF", holds=(b"WAVEfmt ",)),
            Signature(b"OggS", holds=(b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex")),
            Signature(b"FORM", holds=(b"AIFF", b"AIFC")),
            Signature(b"ftypM4A", 4),
            Signature(b"ftypM4B", 4),
            Signature(b"#!AMR"),
            Signature(b"MThd\x00\x00\x00\x06"),
        ),
    ),
    FileKind(
        "video",
        "a film",
        _words("mp4 m4v mov webm mkv avi wmv flv mpg mpeg mts m2ts ogv 3gp 3g2 asf vob m3u8 mpd m4s f4v"),
        _words("video/ application/vnd.apple.mpegurl application/x-mpegurl application/dash+xml application/x-matroska"),
        (
            *(
                Signature(b"ftyp" + brand, 4)
                for brand in b"isom iso2 iso4 iso5 iso6 mp41 mp42 avc1 M4V qt dash MSNV 3gp mmp4 f4v F4V".split()
            ),
            Signature(bytes.fromhex("1a45dfa3")),  # EBML: Matroska and WebM, RFC 8794 11.2.1
            Signature(b"RIFF", holds=(b"AVI LIST",)),
            Signature(b"FLV\x01"),
            Signature(bytes.fromhex("3026b2758e66cf11")),
            Signature(bytes.fromhex("000001ba")),
            Signature(bytes.fromhex("000001b3")),
            Signature(b"OggS", holds=(b"theora",)),
        ),
    ),
)  # fmt: skip

FILE_KINDS: Final[Mapping[str, FileKind]] = {one.id: one for one in sorted(_KINDS, key=lambda one: one.id)}
