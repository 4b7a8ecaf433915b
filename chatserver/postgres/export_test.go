package postgres

// AppendSettings lets tests explain an append as it is planned.
var AppendSettings = appendSettings
