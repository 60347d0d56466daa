import pytest

from project.accounts.templatetags.wording import code_spans


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("Start one with `make run`.", "Start one with <code>make run</code>."),
        ("`a` or `b`", "<code>a</code> or <code>b</code>"),
        ("one ` alone", "one ` alone"),
        ("`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"),
    ],
)
def test_what_stands_between_backticks_is_code(sentence: str, html: str) -> None:
    assert code_spans(sentence) == html
