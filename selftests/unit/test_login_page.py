"""The realm's login pages, as far as they are read."""

from __future__ import annotations

from golive.clients.login_page import LoginPage

LOGIN = """
<!doctype html><html><head><title>Sign in to the realm</title></head><body>
<form id="search" action="/search"><input name="q"></form>
<form id="kc-form-login" action="https://id.test/login?session=1&amp;tab=2" method="post">
 <input name="username" value="" autofocus><input type="password" name="password">
 <input type="hidden" name="credentialId" value="c-1">
 <input type="checkbox" name="rememberMe"><input type="radio" name="kind" value="a">
 <input type="radio" name="kind" value="b" checked><button type="submit" name="login" value="go">Sign in</button>
</form></body></html>
"""
REFUSED = LOGIN.replace('value="" autofocus', 'value="x" aria-invalid="true"').replace(
    "</form></body>", '</form><span id="input-error"><b>Invalid</b>\n username or password.</span><p>Help</p></body>'
)


def test_the_login_form_is_the_one_with_both_fields() -> None:
    form = LoginPage(LOGIN).form_with("username", "password")
    assert form is not None
    assert form.action == "https://id.test/login?session=1&tab=2"
    assert form.fields == {"username": "", "password": "", "credentialId": "c-1", "kind": "b"}
    assert form.invalid == set()


def test_a_page_without_complaint_complains_of_nothing() -> None:
    page = LoginPage(LOGIN)
    assert (page.title, page.complaint) == ("Sign in to the realm", "")


def test_a_refusal_is_told_by_the_marked_field_and_by_its_words() -> None:
    page = LoginPage(REFUSED)
    form = page.form_with("username", "password")
    assert form is not None
    assert form.invalid == {"username"}
    assert page.complaint == "Invalid username or password."


def test_what_is_no_page_has_no_forms() -> None:
    assert LoginPage("<<<\x00 not html >").form_with("username") is None
