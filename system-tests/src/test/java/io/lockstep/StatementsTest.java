package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How the statements of a page are found, and what is wrong with a list of their tests. That the
/// lists are those of the pages and of the help, [DocsTest] proves.
@Tag("rules")
class StatementsTest {
  @Test
  void whatIsNewGoneOrWithoutATestIsAFault() {
    var held = new Statements.Holder(List.of("GoodTest"), "");
    var lost = new Statements.Holder(List.of("LostTest"), "");
    var marked = new Statements.Holder(List.of(), "advice");
    var unmarked = new Statements.Holder(List.of(), "later");
    assertThat(
            Statements.faults(
                List.of("A.", "B.", "C.", "D.", "E."),
                Map.of("A.", held, "B.", lost, "C.", marked, "D.", unmarked, "X.", held),
                "GoodTest"::equals))
        .containsExactlyInAnyOrder(
            "new, look for its test and add the line: TESTS | E.",
            "said no more, or in other words: X.",
            "no such test: LostTest of: B.",
            "no mark: later of: D.");
  }

  @Test
  void aHelpThatIsOnlyTextHasThemToo() {
    String help =
        """
        usage: program --file FILE
        Does this until
        it is told.

          --file FILE  a file
                       of text
          --once       one time
        """;
    assertThat(Statements.ofHelp("program", help))
        .containsExactly(
            "`program` · Does this until it is told.",
            "--file · a file of text",
            "--once · one time");
  }

  @Test
  void statementsAreSentencesAndRows() {
    String page =
        """
        # A page

        One sentence, over
        two lines. And `code` begins another.

        1. **First.** It is
           done.
        2. Second.

        ```
        no statement. At all.
        ```

        | a | b |
        |---|---|
        | `x` | is y. Always. |
        """;
    assertThat(Statements.ofPage(page))
        .containsExactly(
            "One sentence, over two lines.",
            "And `code` begins another.",
            "**First.**",
            "It is done.",
            "Second.",
            "`x` · is y. Always.");
  }
}
