package io.lockstep.volume.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/// A node of LVM's configuration text: a section or an assignment. Immutable; a change makes a new
/// tree. Order and everything unknown are kept, so that a text we rewrite loses nothing but its
/// comments; a volume's section that nobody edits loses not even those.
sealed interface ConfigNode {
  String name();

  /// `name = value`
  record Assignment(String name, ConfigValue value) implements ConfigNode {
    static Assignment of(String name, String text) {
      return new Assignment(name, new ConfigValue.Text(text));
    }

    static Assignment of(String name, long number) {
      return new Assignment(name, new ConfigValue.Whole(number));
    }

    static Assignment of(String name, List<String> texts) {
      List<ConfigValue> values = new ArrayList<>();
      texts.forEach(text -> values.add(new ConfigValue.Text(text)));
      return new Assignment(name, new ConfigValue.Array(values));
    }
  }

  /// `name { nodes }`; the whole text is the section without a name.
  ///
  /// @param source the text that it was read from, to be written again as it was; only for volumes,
  ///     and no part of what makes two sections equal
  record Section(String name, List<ConfigNode> nodes, Optional<String> source)
      implements ConfigNode {
    public Section {
      nodes = List.copyOf(nodes);
    }

    Section(String name, List<ConfigNode> nodes) {
      this(name, nodes, Optional.empty());
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Section section
          && name.equals(section.name)
          && nodes.equals(section.nodes);
    }

    @Override
    public int hashCode() {
      return Objects.hash(name, nodes);
    }

    Optional<Section> section(String child) {
      return sections().stream().filter(node -> node.name.equals(child)).findFirst();
    }

    List<Section> sections() {
      return nodes.stream().filter(Section.class::isInstance).map(Section.class::cast).toList();
    }

    Optional<ConfigValue> value(String child) {
      for (ConfigNode node : nodes) {
        if (node instanceof Assignment assignment && assignment.name.equals(child)) {
          return Optional.of(assignment.value);
        }
      }
      return Optional.empty();
    }

    /// This section with `node` in the place of the one of its kind and name, or at the end.
    Section with(ConfigNode node) {
      List<ConfigNode> next = new ArrayList<>(nodes);
      for (int index = 0; index < next.size(); index++) {
        ConfigNode old = next.get(index);
        if (old.name().equals(node.name()) && old.getClass() == node.getClass()) {
          next.set(index, node);
          return new Section(name, next);
        }
      }
      next.add(node);
      return new Section(name, next);
    }

    Section without(Predicate<ConfigNode> unwanted) {
      return new Section(name, nodes.stream().filter(unwanted.negate()).toList());
    }
  }
}
