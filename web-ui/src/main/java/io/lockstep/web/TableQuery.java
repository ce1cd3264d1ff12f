package io.lockstep.web;

import io.javalin.http.Context;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a person wants to see of a long table: `?q=TEXT&sort=COLUMN&page=N`, which links and a form
/// without scripts can say. What cannot be understood is as if it had not been said.
///
/// @param search what the rows hold; empty for all
/// @param sort the column of the order; empty for the table's own
/// @param descending whether the order goes down, which is a `-` before the column
/// @param page from 1 on
public record TableQuery(String search, String sort, boolean descending, int page) {
  /// What is seen first.
  static final TableQuery FIRST = new TableQuery("", "", false, 1);

  private static final int SEARCH_LENGTH_MAX = 100;
  private static final Pattern PAGE = Pattern.compile("[1-9]\\d{0,5}");
  private static final Pattern SORT = Pattern.compile("-?[a-z]{1,20}");

  static TableQuery of(Context context) {
    return of(context.queryParam("q"), context.queryParam("sort"), context.queryParam("page"));
  }

  static TableQuery of(@Nullable String q, @Nullable String sort, @Nullable String page) {
    String search = q == null ? "" : q.strip();
    boolean hasOrder = sort != null && SORT.matcher(sort).matches();
    String order = hasOrder ? String.valueOf(sort) : "";
    boolean down = order.startsWith("-");
    boolean hasPage = page != null && PAGE.matcher(page).matches();
    return new TableQuery(
        search.substring(0, Math.min(search.length(), SEARCH_LENGTH_MAX)),
        down ? order.substring(1) : order,
        down,
        hasPage ? Integer.parseInt(String.valueOf(page)) : 1);
  }

  /// The same rows in the order of a column: up, and down if they go up already.
  public TableQuery by(String column) {
    return new TableQuery(search, column, sort.equals(column) && !descending, 1);
  }

  /// Another page of it.
  public TableQuery at(int newPage) {
    return new TableQuery(search, sort, descending, newPage);
  }

  /// The order as it stands in an address.
  public String order() {
    return (descending ? "-" : "") + sort;
  }

  /// How a column is in order, in ARIA's words; null if the order is another one.
  public @Nullable String direction(String column) {
    return !sort.equals(column) ? null : descending ? "descending" : "ascending";
  }

  /// Behind the path of an address; empty if all is as it is without it.
  public String text() {
    var text = new StringBuilder();
    add(text, "q", search);
    add(text, "sort", order());
    add(text, "page", page == 1 ? "" : String.valueOf(page));
    return text.toString();
  }

  private static void add(StringBuilder text, String name, String value) {
    if (!value.isEmpty()) {
      text.append(text.isEmpty() ? '?' : '&').append(name).append('=');
      text.append(States.inQuery(value));
    }
  }
}
