package dev.windfall.server;

import dev.windfall.policies.Validation;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code windfall validate}: what is wrong with documents, before they are anywhere in force. */
@Command(
    name = "validate",
    sortOptions = false,
    description = {
      "Says what is wrong with SpotPolicies, SpotPools, LeftoverNodePools, market files and"
          + " windfall.yaml, without a cluster. Which of them a document is, it says itself.",
      "",
      "The files of a directory are one set, in which no name stands twice. The exit code is 1 when"
          + " anything is wrong; a warning is not."
    })
final class ValidateCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";

  private final InputStream in;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "files; of a directory, its "
              + DocumentFiles.ENDINGS
              + " that are not hidden; - is standard input")
  private List<String> files = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table (default), json or yaml")
  private Output output = Output.TABLE;

  ValidateCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() {
    ValidationReport report = ValidationReport.of(files.stream().map(this::validation).toList());
    PrintWriter out = spec.commandLine().getOut();
    out.print(output.of(report::lines, report::json));
    out.flush();
    return report.good() ? 0 : Windfall.FAILURE;
  }

  private Validation validation(String file) {
    Validation validation = new Validation();
    try {
      if (file.equals(STANDARD_INPUT)) {
        validation.check("stdin", decoded(in.readAllBytes()));
      } else if (Files.isDirectory(Path.of(file))) {
        directory(Path.of(file), validation);
      } else {
        validation.check(file, DocumentFiles.text(Path.of(file)));
      }
    } catch (IOException e) {
      validation.unreadable(file, DocumentFiles.why(e));
    } catch (InvalidPathException e) {
      validation.unreadable(file, "is no path");
    }
    return validation;
  }

  private static void directory(Path directory, Validation validation) throws IOException {
    List<Path> files = DocumentFiles.in(directory);
    if (files.isEmpty()) {
      validation.unreadable(directory.toString(), "holds no " + DocumentFiles.ENDINGS);
    }
    for (Path file : files) {
      try {
        validation.check(file.toString(), DocumentFiles.text(file));
      } catch (IOException e) {
        validation.unreadable(file.toString(), DocumentFiles.why(e));
      }
    }
  }

  private static String decoded(byte[] bytes) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
