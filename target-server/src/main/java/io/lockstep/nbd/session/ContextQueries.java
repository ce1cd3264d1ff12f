package io.lockstep.nbd.session;

import java.util.List;

/// Which meta contexts a client's queries mean (proto.md, "Metadata querying"). What a query does
/// not find is left out without a word, as the document wants it.
final class ContextQueries {
  /// How many a client can choose: each of them is looked up for each BLOCK_STATUS.
  static final int CHOSEN_MAX = 16;

  private ContextQueries() {}

  /// What is there; without queries, all. A query that ends with a colon means whatever begins so.
  static List<String> list(List<String> contexts, List<String> queries) {
    return contexts.stream()
        .filter(
            context ->
                queries.isEmpty() || queries.stream().anyMatch(query -> lists(query, context)))
        .toList();
  }

  private static boolean lists(String query, String context) {
    return query.equals(context) || (query.endsWith(":") && context.startsWith(query));
  }

  /// What is chosen: by its whole name only.
  static List<String> choose(List<String> contexts, List<String> queries) {
    return contexts.stream().filter(queries::contains).limit(CHOSEN_MAX).toList();
  }
}
