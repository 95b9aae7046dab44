package org.posthorn.app.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.bench.WarmUp;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.log.VisibleText;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The program: `posthorn COMMAND …`.
@Command(
    name = "posthorn",
    mixinStandardHelpOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = "A mail server: SMTP, IMAP and POP3 over one store, with programmable routing.",
    footer = {
      "",
      "Start here:",
      "  posthorn demo                          see it work, in a temporary folder",
      "  posthorn start --data DIR              run a server on loopback",
      "  posthorn domain add example.org --data DIR",
      "  posthorn user add ann@example.org --data DIR",
      "",
      "Mail is stuck, or somebody sends too much:",
      "  posthorn queue destinations            where it waits, and why",
      "  posthorn queue senders                 whose it is",
      "  posthorn trace ann@example.org         what happened to somebody's mail",
      "",
      "Each command explains itself:  posthorn user add --help",
      "Exit status: 0 done, 1 failed or something left out, 2 wrong usage,",
      "3 not found or in conflict, 4 no server is running."
    })
public final class Posthorn {
  /// What the launcher asks for when it makes the caches of the JVM, of clients and of the server.
  private static final String TRAINING = "training";

  private static final String WARM_UP = "warm-up";
  private static final int WARM_UP_MESSAGES = 6_000;

  private Posthorn() {}

  @SuppressWarnings("SystemOut") // what a command prints is its result
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 2 && arguments[0].equals(WARM_UP)) {
      WarmUp.in(Path.of(arguments[1]), WARM_UP_MESSAGES);
      System.exit(ExitCode.OK);
    }
    if (arguments.length == 1 && arguments[0].equals(TRAINING)) {
      Training.run();
      System.exit(ExitCode.OK);
    }
    var out = new Answer(new FileOutputStream(FileDescriptor.out), System.out.charset());
    var err = new PrintWriter(System.err, /* autoFlush= */ true, System.err.charset());
    System.exit(run(out, err, arguments));
  }

  /// Runs one command and returns its exit status.
  static int run(PrintWriter out, PrintWriter err, String... given) {
    String[] arguments = helped(given);
    int status = commandLine(arguments).setOut(out).setErr(err).execute(arguments);
    // A server goes on whether anybody reads what it prints or not.
    if (status != ExitCode.OK || arguments[0].equals("start") || !out.checkError()) {
      return status;
    }
    if (out instanceof Answer answer && answer.hasNoReader()) {
      return ExitCode.OK;
    }
    err.println("Cannot write the answer: its file or disk may be full");
    return ExitCode.FAILED;
  }

  /// `help user add` is `user add --help`, and so is nothing at all; `--version` is `version`.
  private static String[] helped(String... arguments) {
    if (arguments.length == 1 && arguments[0].equals("--version")) {
      return new String[] {"version"};
    }
    boolean isHelp = arguments.length == 0 || arguments[0].equals("help");
    return isHelp
        ? Stream.concat(Arrays.stream(arguments).skip(1), Stream.of("--help"))
            .toArray(String[]::new)
        : arguments;
  }

  static CommandLine commandLine(String... arguments) {
    var program = new CommandLine(new Posthorn());
    for (Subcommand subcommand : wanted(arguments.length == 0 ? "" : arguments[0])) {
      program.addSubcommand(subcommand.name(), subcommand.create().get());
    }
    everywhere(program);
    boolean colours =
        Integer.getInteger("posthorn.columns", 0) > 0 && System.getenv("NO_COLOR") == null;
    return program
        .setColorScheme(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF))
        .setUsageHelpWidth(Math.clamp(Integer.getInteger("posthorn.columns", 100), 60, 120))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(Posthorn::execute)
        .setParameterExceptionHandler(Posthorn::usage)
        .setExecutionExceptionHandler(Posthorn::failed);
  }

  /// A subcommand costs a few milliseconds to set up, so only the one that is asked for is made;
  /// all of them for the list of them. A word that is none of them is compared to their names only:
  /// what all of them need is not on every class path.
  private static List<Subcommand> wanted(String first) {
    if (first.isEmpty() || first.startsWith("-")) {
      return Subcommand.ALL;
    }
    List<Subcommand> one =
        Subcommand.ALL.stream().filter(known -> known.name().equals(first)).toList();
    return one.isEmpty()
        ? Subcommand.ALL.stream()
            .map(known -> new Subcommand(known.name(), CommandSpec::create))
            .toList()
        : one;
  }

  private static void everywhere(CommandLine command) {
    command
        .getCommandSpec()
        .addOption(
            CommandLine.Model.OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this and exit.")
                .build());
    command.getSubcommands().values().forEach(Posthorn::everywhere);
  }

  /// A group without a subcommand explains itself, unless it has something to do on its own.
  private static int execute(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    CommandLine command = last.commandSpec().commandLine();
    if (!command.isUsageHelpRequested()) {
      Given.check(last, command);
    }
    if (!command.getSubcommands().isEmpty()
        && !(command.getCommand() instanceof Callable)
        && !command.isUsageHelpRequested()) {
      throw new ParameterException(
          command, "Say which: " + String.join(", ", command.getSubcommands().keySet()));
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int usage(ParameterException e, String[] arguments) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println(visible(e));
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("See  " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) throws Exception {
    return switch (e) {
      case CommandFailed known -> {
        command.getErr().println(visible(known));
        yield known.exitCode();
      }
      case AdminFailure refused -> {
        command.getErr().println(visible(refused));
        yield switch (refused.kind()) {
          case NOT_RUNNING -> ExitCode.NOT_RUNNING;
          case WRONG_REQUEST -> ExitCode.USAGE;
          case NOT_POSSIBLE -> ExitCode.NOT_POSSIBLE;
          case FAILED -> ExitCode.FAILED;
        };
      }
      case ConfigException wrong -> {
        command.getErr().println("The configuration cannot be used:");
        wrong
            .problems()
            .forEach(
                problem -> command.getErr().println("  " + VisibleText.lines(problem.toString())));
        yield ExitCode.USAGE;
      }
      default -> throw e;
    };
  }

  private static String visible(Exception e) {
    return VisibleText.lines(String.valueOf(e.getMessage()));
  }
}
