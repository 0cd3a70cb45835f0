from pathlib import Path

from saywhy.policy.reading.written import read_written


def test_a_folder_as_it_was_written(school: Path) -> None:
    (school / "lists" / "gambling.txt").write_text("# Betting.\r\n\r\n# updated: 2026-11-02\nbet.example\n# later\n")
    written = read_written(school)
    assert set(written.documents) == {one.name for one in school.glob("*.yaml")}
    assert written.texts["default.yaml"] == "default: allow\n"
    assert written.texts["lists/gambling.txt"] == "# Betting.\n\n# updated: 2026-11-02"
    assert written.shown["lists/gambling.txt"] == "school/lists/gambling.txt"
    rules = written.document_with("rules")
    assert rules.file == "school/rules.yaml"
    assert rules.place(("rules", 1, "review_by")) == (12, 16)
    assert written.document_with("nothing").place(("nothing",)) == (1, 1)


def test_what_cannot_be_read_any_more_is_left_out(school: Path) -> None:
    (school / "rules.yaml").write_text("rules: [")
    (school / "lists" / "gambling.txt").unlink()
    written = read_written(school)
    assert "rules.yaml" not in written.documents
    assert written.texts["lists/gambling.txt"] == ""
