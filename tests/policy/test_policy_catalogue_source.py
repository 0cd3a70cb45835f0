from saywhy.policy.catalogue import Source


def test_a_place_is_a_file_with_its_line_or_an_imported_list_by_its_name() -> None:
    assert Source("school.yaml", 12).place == "school.yaml:12"
    assert Source("ut1/games", 0).place == "list ut1/games"
