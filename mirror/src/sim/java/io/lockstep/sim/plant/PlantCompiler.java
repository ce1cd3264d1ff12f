package io.lockstep.sim.plant;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Makes classes of a plant: the files that it changes are compiled against the healthy classes of
/// this process, into a folder that goes in front of them. The source tree is not touched.
final class PlantCompiler {
  private static final String SOURCE_ROOT = "/src/main/java/";

  private final Plants plants;

  PlantCompiler(Plants plants) {
    this.plants = plants;
  }

  /// Writes the planted classes into `classes`.
  ///
  /// @throws Plant.Unfit if the plant does not fit the source, or is no Java
  void compile(Plant plant, Path classes) throws IOException {
    Map<String, String> changed = plant.apply(file -> plants.source(plant, file));
    List<JavaFileObject> units =
        changed.entrySet().stream().map(entry -> unit(entry.getKey(), entry.getValue())).toList();
    Files.createDirectories(classes);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("planted bugs need a JDK, and this Java has no compiler");
    }
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-implicit:none",
            "-cp",
            HealthyClasses.path(),
            "-d",
            classes.toString());
    var errors = new StringWriter();
    if (!compiler.getTask(errors, null, null, options, null, units).call()) {
      throw new Plant.Unfit(plant.name(), "does not compile:\n" + errors);
    }
  }

  private static JavaFileObject unit(String file, String text) {
    int root = file.indexOf(SOURCE_ROOT);
    String path = root < 0 ? file : file.substring(root + SOURCE_ROOT.length());
    return new SimpleJavaFileObject(URI.create("planted:///" + path), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
