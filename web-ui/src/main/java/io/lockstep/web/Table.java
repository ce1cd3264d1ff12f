package io.lockstep.web;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// The part of a long table that is shown. A page behind the last one is the last one: what was
/// on it may have gone.
///
/// @param rows of this page
/// @param query what was wanted, with the page that is shown
/// @param found how many rows there are on all pages
/// @param all how many there are, whether they hold the text or not
public record Table<T>(List<T> rows, TableQuery query, int found, int all) {
  /// Rows on a page.
  static final int ROWS = 50;

  /// What rows are ordered by, and what is searched in them.
  ///
  /// @param orders by the column's name in the address
  /// @param text all that a person sees of a row
  record Shape<T>(Map<String, Comparator<T>> orders, Function<T, String> text) {}

  static <T> Table<T> of(List<T> all, TableQuery query, Shape<T> shape) {
    String wanted = query.search().toLowerCase(Locale.ROOT);
    List<T> found =
        all.stream()
            .filter(row -> shape.text.apply(row).toLowerCase(Locale.ROOT).contains(wanted))
            .sorted(order(query, shape))
            .toList();
    int page = Math.min(query.page(), pages(found.size()));
    List<T> rows = found.stream().skip((long) (page - 1) * ROWS).limit(ROWS).toList();
    return new Table<>(rows, query.at(page), found.size(), all.size());
  }

  private static <T> Comparator<T> order(TableQuery query, Shape<T> shape) {
    Comparator<T> order = shape.orders.getOrDefault(query.sort(), (_, _) -> 0);
    return query.descending() ? order.reversed() : order;
  }

  private static int pages(int rows) {
    return Math.max(1, (rows + ROWS - 1) / ROWS);
  }

  /// How many pages there are, 1 at least.
  public int pages() {
    return pages(found);
  }

  /// "51 to 100 of 500".
  public String place() {
    int first = (query.page() - 1) * ROWS + 1;
    return found == 0
        ? "none of " + all
        : "%d to %d of %d".formatted(first, first + rows.size() - 1, found)
            + (found == all ? "" : " that hold it, of %d in all".formatted(all));
  }
}
