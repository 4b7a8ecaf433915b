package resources

import "fmt"

// DatabaseName is the database of a managed Postgres.
const DatabaseName = databaseName

// DatabaseRole is the role of a managed Postgres that people call chat or owner.
func DatabaseRole(name string) (string, error) {
	switch name {
	case "chat":
		return DatabaseUser, nil
	case "owner":
		return databaseOwner, nil
	default:
		return "", fmt.Errorf("there is no role %q: it is chat, who reads and writes rows, or owner, who changes the schema", name)
	}
}
