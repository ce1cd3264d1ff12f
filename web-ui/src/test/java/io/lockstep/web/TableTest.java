package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.VolumeInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Of 500 volumes one is found, by search, order and pages.
@Tag("shell")
class TableTest {
  @TempDir Path directory;

  static PairStatus pair() {
    List<VolumeInfo> volumes =
        IntStream.range(0, 500)
            .mapToObj(
                index ->
                    TwoMirrorsFake.volume(
                        "vm%03d".formatted(index),
                        (500L - index) << 20,
                        index % 100 == 7 ? Pictures.IQN + index : null,
                        "main"))
            .toList();
    return Pictures.of(volumes);
  }

  private static Table<VolumeInfo> table(String q, String sort, String page) {
    return Tables.volumes(pair(), TableQuery.of(q, sort, page));
  }

  private static String first(Table<VolumeInfo> table) {
    return table.rows().getFirst().name();
  }

  @Test
  void aPageHasSoManyRowsAndTheLastOneTheRest() {
    Table<VolumeInfo> second = table("", "", "2");
    assertThat(second.rows()).hasSize(Table.ROWS);
    assertThat(first(second)).isEqualTo("vm050");
    assertThat(second.place()).isEqualTo("51 to 100 of 500");
    assertThat(table("", "", "4711").query().page()).as("one that is gone").isEqualTo(10);
    assertThat(table("nothing", "", "1").place()).isEqualTo("none of 500");
  }

  @Test
  void rowsAreFoundByWhatIsSeenOfThem() {
    assertThat(table(" VM49 ", "", "1").rows()).hasSize(10);
    Table<VolumeInfo> exported = table("iqn.2026", "", "1");
    assertThat(exported.rows()).hasSize(5);
    assertThat(exported.place()).isEqualTo("1 to 5 of 5 that hold it, of 500 in all");
  }

  @Test
  void theOrderIsThatOfTheColumn() {
    assertThat(first(table("", "size", "1"))).isEqualTo("vm499");
    assertThat(first(table("", "-size", "1"))).isEqualTo("vm000");
    assertThat(first(table("", "colour", "1"))).as("no such column").isEqualTo("vm000");
  }

  @Test
  void anAddressSaysItAndCannotSayWhatIsNotThere() {
    TableQuery query = TableQuery.of("a b&c", "-size", "3");
    assertThat(query.text()).isEqualTo("?q=a+b%26c&sort=-size&page=3");
    assertThat(query.by("size").text()).isEqualTo("?q=a+b%26c&sort=size");
    assertThat(query.by("size").by("size").order()).isEqualTo("-size");
    assertThat(query.direction("size")).isEqualTo("descending");
    assertThat(TableQuery.of(null, "../etc", "-1")).isEqualTo(TableQuery.FIRST);
    assertThat(TableQuery.FIRST.text()).isEmpty();
  }

  @Test
  void eventsAreNewestFirstUntilAnOrderIsWanted() {
    List<EventInfo> all =
        List.of(
            new EventInfo(2_000, "b", "main", "role", "Secondary", "Primary", "in term 4", null),
            new EventInfo(1_000, "a", "main", "disk", "Consistent", "UpToDate", "filled", null));
    assertThat(Tables.events(all, TableQuery.FIRST).rows()).isEqualTo(all);
    assertThat(Tables.events(all, TableQuery.of("", "when", "1")).rows())
        .containsExactlyElementsOf(all.reversed());
    assertThat(Tables.events(all, TableQuery.of("TERM 4", "", "1")).place())
        .isEqualTo("1 to 1 of 1 that hold it, of 2 in all");
    assertThat(Tables.events(all, TableQuery.of("00:00:01", "node", "1")).rows())
        .containsExactly(all.getLast());
  }

  @Test
  void exportsAreATableToo() throws Exception {
    try (var console = new FakedConsole(directory, _ -> pair())) {
      assertThat(console.get("/").body()).contains("href=\"/exports\"");
      assertThat(console.get("/exports?q=kite&sort=-lun").body())
          .contains(Pictures.IQN, "href=\"/volumes/main/vm1\"", "1 to 1 of 1")
          .contains("aria-sort=\"descending\"", ">all<");
      assertThat(console.get("/exports?q=windows").body()).contains("none of 1");
      assertThat(console.get("/events").body()).contains("No node has told of anything yet.");
    }
  }

  @Test
  void pagesAndOpenPagesKeepIt() throws Exception {
    try (var console = new FakedConsole(directory, _ -> pair())) {
      String page = console.get("/volumes?q=vm&sort=-name&page=2").body();
      assertThat(page)
          .contains("hx-get=\"/live/volumes?q=vm&amp;sort=-name&amp;page=2\"")
          .contains("href=\"/volumes?q=vm&amp;sort=-name&amp;page=3\"")
          .contains("value=\"vm\"", "aria-sort=\"descending\"", ">vm449<")
          .doesNotContain(">vm450<");
      assertThat(console.get("/live/volumes?q=vm&sort=-name&page=2").body())
          .contains(">vm449<")
          .doesNotContain(">vm450<");
      assertThat(console.get("/sessions?q=debian&sort=node").body())
          .contains("1 to 1 of 1", "aria-sort=\"ascending\"");
      assertThat(console.get("/sessions?q=windows").body()).contains("none of 1");
    }
  }
}
