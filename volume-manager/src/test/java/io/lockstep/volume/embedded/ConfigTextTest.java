package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.volume.embedded.ConfigNode.Assignment;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// LVM's configuration text, token by token.
@Tag("unit")
class ConfigTextTest {
  @Test
  void readsEveryKindOfNode() throws DamagedException {
    Section root =
        parse(
            """
            # a comment
            group-1.x { id="a\\"b\\\\c\\d" # another
              nested { n = -12 } empty = []
              list = ["x", 7, ["y"],]
              part = 1.50
            }
            after=1""");
    assertThat(root)
        .isEqualTo(
            new Section(
                "",
                List.of(
                    new Section(
                        "group-1.x",
                        List.of(
                            Assignment.of("id", "a\"b\\c\\d"),
                            new Section("nested", List.of(Assignment.of("n", -12))),
                            Assignment.of("empty", List.of()),
                            new Assignment(
                                "list",
                                new ConfigValue.Array(
                                    List.of(
                                        new ConfigValue.Text("x"),
                                        new ConfigValue.Whole(7),
                                        new ConfigValue.Array(
                                            List.of(new ConfigValue.Text("y")))))),
                            new Assignment("part", new ConfigValue.Decimal("1.50")))),
                    Assignment.of("after", 1))));
    assertThat(ConfigParser.parse("again", ConfigWriter.write(root, "x"))).isEqualTo(root);
  }

  @Test
  void bytesThatAreNotAsciiPassThrough() throws DamagedException {
    Section root = parse("name = \"Gr\u00fc\u00dfe\"");
    byte[] written = ConfigWriter.write(root, "x");
    assertThat(new String(written, StandardCharsets.UTF_8)).contains("\"Gr\u00fc\u00dfe\"");
  }

  @Test
  void aZeroByteEndsTheText() throws DamagedException {
    assertThat(parse("a = 1\0}}}").nodes()).containsExactly(Assignment.of("a", 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a | line 1: the text ends where '{' or '=' was due",
        "a ! | line 1: '{' or '=' was due after \"a\"",
        "a = | line 1: the text ends where a value was due",
        "a = x | line 1: a value was due, not \"\"",
        "a = 99999999999999999999 | line 1: a value was due, not \"99999999999999999999\"",
        "a = \"b | line 1: the text ends where '\"' was due",
        "a = [1 2] | line 1: ',' or ']' was due",
        "a = [1 | line 1: the text ends where ',' or ']' was due",
        "a { b = 1 | line 1: the text ends where '}' was due",
        "} | line 1: a name was due",
      })
  void faultsNameTheLine(String text, String fault) {
    assertThatThrownBy(() -> parse(text)).hasMessage("text: " + fault);
  }

  @Test
  void nestingIsBounded() {
    String deep = "a {".repeat(100_000);
    assertThatThrownBy(() -> parse(deep)).hasMessageContaining("lie in each other");
    String array = "a = " + "[".repeat(100_000);
    assertThatThrownBy(() -> parse(array)).hasMessageContaining("lie in each other");
  }

  private static Section parse(String text) throws DamagedException {
    return ConfigParser.parse("text", text.getBytes(StandardCharsets.UTF_8));
  }
}
