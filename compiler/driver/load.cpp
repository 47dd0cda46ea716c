#include "compiler/driver/load.hpp"

#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "compiler/parse/parse.hpp"

namespace horizon {
/// The standard library's files, built into the program: {path, text}.
std::span<const std::pair<std::string_view, std::string_view>> stdlib_texts();
}  // namespace horizon

namespace horizon::driver {
namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string join(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

/// A file in the user's own folders must not be reached through `..` or an absolute path (rules.md J3).
bool inside(const std::string& path) {
  return !path.starts_with('/') && path != ".." && !path.starts_with("../") && path.find("/../") == std::string::npos &&
         !path.ends_with("/..");
}

class Loader {
 public:
  Loader(const std::string& path, const Options& options, const ReadFile& read, Compiled& compiled)
      : folder_(folder_of(path)), options_(options), read_(read), compiled_(compiled) {}

  Loaded run(const std::string& path) {
    Expected<std::string, std::string> text = read_(path);
    if (!text) {
      compiled_.failure = Failure{Failure::Kind::Outside, path + ": " + text.error()};
      return std::move(loaded_);
    }
    add(path, folder_, std::move(*text), {});
    find_modules();
    for (const auto& [table, data_path] : options_.data) {
      if (bound_.contains(table)) continue;
      compiled_.failure = Failure{Failure::Kind::Usage, "--data " + table + "=" + data_path + ": " + path +
                                                            " declares no table `" + table + "`"};
      break;
    }
    return std::move(loaded_);
  }

  Loaded run_more(Loaded loaded, const std::vector<std::string>& module) {
    loaded_ = std::move(loaded);
    for (const sema::Module& known : loaded_.program.modules) seen_.insert(known.name);
    if (seen_.insert(module).second) pending_.push_back({module, {}});
    find_modules();
    return std::move(loaded_);
  }

 private:
  void find_modules() {
    // The queue grows while modules name further modules.
    for (std::size_t i = 0; i < pending_.size(); ++i) find_module(pending_[i]);
  }

  void add(const std::string& shown, const std::string& folder, std::string text, const std::vector<std::string>& name) {
    if (text.size() > parse::max_source_bytes) return refuse(shown, std::move(text), name);
    compiled_.inputs.push_back({shown, text});
    const source::FileId id = compiled_.sources->add(shown, std::move(text));
    diag::WithDiags<ast::File> parsed = parse::parse(*compiled_.sources, id);
    const bool readable = !parsed.diagnostics.has_errors();
    compiled_.diagnostics.append(std::move(parsed.diagnostics));
    loaded_.files.push_back(std::move(parsed.value));
    const ast::File& file = loaded_.files.back();
    loaded_.program.modules.push_back({name, &file});
    // What a file at fault seems to name may not be what was meant.
    if (!readable && name.empty()) return;
    for (const sema::Use& use : sema::uses(file)) {
      if (!use.module.empty() && seen_.insert(use.module).second) pending_.push_back(use);
    }
    for (const sema::TableUse& table : sema::tables(file)) add_table(table, folder, name.empty());
  }

  /// A source that is too large is not kept: its beginning is enough for the message.
  void refuse(const std::string& shown, std::string text, const std::vector<std::string>& name) {
    text.resize(1024);
    while (!text.empty() && (text.back() & 0x80) != 0) text.pop_back();   // a letter that is cut in two
    text.shrink_to_fit();
    const source::FileId id = compiled_.sources->add(shown, std::move(text));
    compiled_.diagnostics.add(diag::Code::FileTooLarge, {id, 0, 0});
    loaded_.files.emplace_back().file = id;
    loaded_.program.modules.push_back({name, &loaded_.files.back()});
  }

  void find_module(sema::Use use) {
    const std::string relative = join(use.module, "/") + ".hzn";
    if (Expected<std::string, std::string> own = read_(folder_ + relative)) {
      add(folder_ + relative, folder_of(folder_ + relative), std::move(*own), use.module);
      return;
    }
    for (const auto& [path, text] : stdlib_texts()) {
      if (path == relative) {
        add("stdlib/" + relative, "", std::string(text), use.module);
        return;
      }
    }
    auto& diagnostic = compiled_.diagnostics.add(diag::Code::ModuleMissing, use.span, {join(use.module, ".")});
    std::string known;
    std::vector<std::string> names;
    for (const Library& library : standard_library()) {
      names.push_back(join(library.name, "."));
      known += (known.empty() ? "" : ", ") + names.back();
    }
    if (const auto near = closest(join(use.module, "."), names)) {
      diagnostic.mend = diag::Mend{"did you mean `" + *near + "`?", use.span, *near};
      return;
    }
    diagnostic.mend = diag::Mend{"the standard library has " + known + "; a file of your own is looked for as " + folder_ + relative,
                                 std::nullopt, ""};
  }

  void add_table(const sema::TableUse& table, const std::string& folder, bool of_scenario) {
    const auto data = of_scenario ? options_.data.find(table.table) : options_.data.end();
    if (data != options_.data.end()) {
      bound_.insert(table.table);
      Expected<std::string, std::string> bytes = read_(data->second);
      if (!bytes) {
        compiled_.failure = Failure{Failure::Kind::Outside, "--data " + table.table + "=" + data->second + ": " + bytes.error()};
        return;
      }
      add_bytes(table.table, data->second, std::move(*bytes));
      return;
    }
    if (!inside(table.path)) {
      compiled_.diagnostics.add(diag::Code::TableFileMissing, table.span,
                                {table.table, "a scenario reads tables from its own folder only; use --data " + table.table +
                                                  "=PATH for a file elsewhere"});
      return;
    }
    const std::string path = folder + table.path;
    Expected<std::string, std::string> bytes = read_(path);
    if (!bytes) {
      compiled_.diagnostics.add(diag::Code::TableFileMissing, table.span, {table.table, path + ": " + bytes.error()});
      return;
    }
    add_bytes(table.table, path, std::move(*bytes));
  }

  void add_bytes(const std::string& table, const std::string& path, std::string bytes) {
    compiled_.inputs.push_back({path, bytes});
    loaded_.program.tables.push_back({table, path, std::move(bytes)});
  }

  std::string folder_;
  const Options& options_;
  const ReadFile& read_;
  Compiled& compiled_;
  Loaded loaded_;
  std::vector<sema::Use> pending_;
  std::set<std::vector<std::string>> seen_;
  std::set<std::string> bound_;
};

}  // namespace

Loaded load(const std::string& path, const Options& options, const ReadFile& read, Compiled& compiled) {
  return Loader(path, options, read, compiled).run(path);
}

void load_library(const std::vector<std::string>& module, const std::string& path, const Options& options, const ReadFile& read,
                  Loaded& loaded, Compiled& compiled) {
  loaded = Loader(path, options, read, compiled).run_more(std::move(loaded), module);
}

std::vector<Library> standard_library() {
  std::vector<Library> libraries;
  for (const auto& [path, text] : stdlib_texts()) {
    Library library;
    library.text = text;
    std::string_view rest = path.substr(0, path.size() - std::string_view(".hzn").size());
    for (std::size_t slash = 0; slash != std::string_view::npos; rest.remove_prefix(slash + 1)) {
      slash = rest.find('/');
      library.name.emplace_back(rest.substr(0, slash));
      if (slash == std::string_view::npos) break;
    }
    libraries.push_back(std::move(library));
  }
  return libraries;
}

}  // namespace horizon::driver
