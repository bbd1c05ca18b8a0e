from pathlib import Path

import tcp46
from tcp46.config.reading import read_configuration
from tcp46.ui.vocabulary import vocabulary

README = Path(tcp46.__file__).parents[2] / "README.md"


def test_the_readme_s_example_has_no_mistake(tmp_path):
    _, _, marked = README.read_text("utf-8").partition("<!-- config -->\n```toml\n")
    example, _, _ = marked.partition("```")
    path = tmp_path / "tcp46" / "config.toml"
    path.parent.mkdir()
    path.write_text(example)
    found = read_configuration({"XDG_CONFIG_HOME": str(tmp_path)}, vocabulary())
    assert found.mistakes == ()
    assert [bookmark.name for bookmark in found.settings.bookmarks] == ["web", "java, no listeners"]
    assert found.settings.keys == {"refresh.freeze": "f,f5"}
